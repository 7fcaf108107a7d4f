/** Chat templates in the shapes that published models have, against renderings and token ids written out by hand. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeChatModel } from '../../../../e2e/chat-model.ts';
import { loadCausalLM } from './causal-lm.ts';
import { readChat } from './chat.ts';
import { loadFiles, type ModelFiles } from './files.ts';
import { readTextCoder } from './text.ts';
import type { CausalLM, ChatMessage } from './types.ts';

const fixture = fileURLToPath(new URL('../../../../e2e/models/qwen2-fp32', import.meta.url));

const ask: ChatMessage[] = [{ role: 'user', content: 'Hi' }];
const talk: ChatMessage[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Yes' },
  { role: 'user', content: 'So' },
];

/** ASCII characters are tokens 0 to 127 (as a byte tokenizer has them), special tokens 200 and up. */
function filesOf(special: string[], config: Record<string, unknown>): ModelFiles {
  const vocab: Record<string, number> = {};
  for (let code = 0; code < 128; code++)
    vocab[code > 32 && code < 127 ? String.fromCharCode(code) : String.fromCharCode(code + 256)] =
      code;
  // The byte-level alphabet's stand-ins for line feed and space.
  vocab['Ċ'] = 10;
  vocab['Ġ'] = 32;
  const tokenizer = {
    version: '1.0',
    added_tokens: special.map((content, index) => ({
      id: 200 + index,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'ByteLevel',
      add_prefix_space: false,
      trim_offsets: true,
      use_regex: true,
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', vocab, merges: [] },
  };
  return {
    config: {},
    tokenizer,
    tokenizerConfig: config,
    generationConfig: {},
    templates: {},
    model: new Uint8Array(),
    external: new Map(),
    digest: '',
  };
}

const chatML = `{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
You help.<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}`;

/** As Qwen3: what it thought is closed at once where thinking is switched off. */
const thinking = `{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' }}
    {%- if message.role == 'assistant' and loop.last %}{{- '<think>\\n\\n</think>\\n\\n' }}{%- endif %}
    {{- message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}`;

const llama3 = `{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "1 Jan 2000" %}
    {%- endif %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}`;

const gemma = `{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '
' + message['content'] | trim + '<end_of_turn>
' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model
'}}{% endif %}`;

const mistral = `{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'] + eos_token}}{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}`;

const im = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
const headers = [
  '<|begin_of_text|>',
  '<|end_of_text|>',
  '<|start_header_id|>',
  '<|end_header_id|>',
  '<|eot_id|>',
];

function coded(special: string[], config: Record<string, unknown>) {
  const files = filesOf(special, config);
  const coder = readTextCoder(files);
  return { coder, ...readChat(files, coder) };
}

describe('a chat template', () => {
  it('as ChatML, with the model’s own system message', () => {
    const { chat, coder } = coded(im, { eos_token: '<|im_end|>', chat_template: chatML });
    expect(chat?.format(ask)).toBe(
      '<|im_start|>system\nYou help.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(chat?.format(talk)).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n' +
        '<|im_start|>assistant\nYes<|im_end|>\n<|im_start|>user\nSo<|im_end|>\n<|im_start|>assistant\n',
    );
    // Special tokens have their ids; between them stand the letters of “user”, “Hi” and so on.
    expect(coder.encode('<|im_start|>user\nHi<|im_end|>\n')).toEqual([
      201, 117, 115, 101, 114, 10, 72, 105, 202, 10,
    ]);
    expect(chat).toMatchObject({ lead: '', end: 202 });
  });

  it('that would let the model think first is told not to', () => {
    const { chat } = coded(im, { eos_token: '<|im_end|>', chat_template: thinking });
    expect(chat?.format(ask)).toBe(
      '<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n',
    );
    expect(chat).toMatchObject({ lead: '', end: 202 });
  });

  it('as Llama 3, where the day is always the same and the turn’s end is not the text’s', () => {
    const { chat, coder } = coded(headers, {
      bos_token: '<|begin_of_text|>',
      eos_token: { content: '<|end_of_text|>' },
      chat_template: llama3,
    });
    const text = chat?.format(ask) ?? '';
    expect(text).toBe(
      '<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nToday Date: 26 Jul 2024\n\n<|eot_id|>' +
        '<|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
    );
    const ids = coder.encode(text);
    expect(ids.slice(0, 2)).toEqual([200, 202]);
    expect(ids.filter((id) => id === 200)).toHaveLength(1);
    expect(ids.slice(-13)).toEqual([202, 97, 115, 115, 105, 115, 116, 97, 110, 116, 203, 10, 10]);
    expect(chat).toMatchObject({ lead: '', end: 204 });
  });

  it('as Gemma, which calls the assistant “model” and takes no system message', () => {
    const { chat, coder } = coded(['<pad>', '<eos>', '<bos>', '<start_of_turn>', '<end_of_turn>'], {
      bos_token: '<bos>',
      eos_token: '<eos>',
      chat_template: [
        { name: 'tool_use', template: '{{ 1 }}' },
        { name: 'default', template: gemma },
      ],
    });
    expect(chat?.format(ask)).toBe(
      '<bos><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n',
    );
    expect(coder.encode(chat?.format(ask) ?? '')).toEqual([
      202, 203, 117, 115, 101, 114, 10, 72, 105, 204, 10, 203, 109, 111, 100, 101, 108, 10,
    ]);
    expect(chat).toMatchObject({ lead: '', end: 204 });
    expect(() => chat?.format(talk)).toThrow('System role not supported');
  });

  it('as Mistral, whose marks are letters and whose answer follows a space', () => {
    const { chat, coder } = coded(['<unk>', '<s>', '</s>'], {
      bos_token: '<s>',
      eos_token: '</s>',
      chat_template: mistral,
    });
    expect(chat?.format(ask)).toBe('<s>[INST] Hi [/INST]');
    expect(chat?.format(talk.slice(1))).toBe('<s>[INST] Hi [/INST] Yes</s>[INST] So [/INST]');
    expect(coder.encode(chat?.format(ask) ?? '')).toEqual([
      201, 91, 73, 78, 83, 84, 93, 32, 72, 105, 32, 91, 47, 73, 78, 83, 84, 93,
    ]);
    expect(chat).toMatchObject({ lead: ' ', end: 202 });
  });

  it.each([
    ['{% for message in messages %}', /cannot be used/],
    ["{{ raise_exception('No.') }}", /No\./],
    ['Hello', /leaves the question out/],
    [{ template: 'x' }, /neither/],
  ])('that is broken is not used, and it is told why: %j', (template, reason) => {
    const { chat, problem } = coded(im, { eos_token: '<|im_end|>', chat_template: template });
    expect(chat).toBeNull();
    expect(problem).toMatch(reason);
  });

  it('is missing in a base model', () => {
    expect(coded(im, {})).toMatchObject({ chat: null, problem: null });
  });
});

/** In the shape of Mistral's, without special tokens for whose turn it is. */
const inst = readFileSync(
  new URL('../../../../e2e/models/text/chat_template.jinja', import.meta.url),
  'utf8',
);

describe('a chat template is found', () => {
  const files = filesOf(im, { eos_token: '<|im_end|>' });
  const coder = readTextCoder(files);
  const found = (templates: Record<string, string>, inConfig?: unknown) => {
    const tokenizerConfig = { ...files.tokenizerConfig, chat_template: inConfig };
    const { chat, problem, unused } = readChat({ tokenizerConfig, templates }, coder);
    return { text: chat?.format(ask), problem, unused };
  };
  const marked = (mark: string): string =>
    `{% for m in messages %}${mark}: {{ m.content }}{% endfor %}`;

  it.each<[string, Record<string, string>, unknown]>([
    ['in chat_template.jinja', { 'chat_template.jinja': marked('A') }, undefined],
    [
      'in chat_template.jinja rather than in the configuration',
      { 'chat_template.jinja': marked('A') },
      marked('B'),
    ],
    ['in tokenizer_config.json', {}, marked('A')],
    [
      'in its list',
      {},
      [
        { name: 'rag', template: 'x' },
        { name: 'default', template: marked('A') },
      ],
    ],
    ['in a list of one', {}, [{ name: 'chat', template: marked('A') }]],
    [
      'in additional_chat_templates',
      { 'additional_chat_templates/default.jinja': marked('A') },
      undefined,
    ],
    [
      'in chat_template.json',
      { 'chat_template.json': JSON.stringify({ chat_template: marked('A') }) },
      undefined,
    ],
    [
      'in the configuration rather than in chat_template.json',
      { 'chat_template.json': JSON.stringify({ chat_template: marked('B') }) },
      marked('A'),
    ],
  ])('%s', (_where, templates, inConfig) => {
    expect(found(templates, inConfig)).toMatchObject({ text: 'A: Hi', problem: null });
  });

  it('among others, which are named', () => {
    const templates = {
      'chat_template.jinja': marked('A'),
      'additional_chat_templates/rag.jinja': 'x',
      'additional_chat_templates/tool_use.jinja': 'x',
    };
    expect(found(templates)).toMatchObject({ text: 'A: Hi', unused: ['rag', 'tool_use'] });
    const none = found({
      'additional_chat_templates/rag.jinja': 'x',
      'additional_chat_templates/tool_use.jinja': 'x',
    });
    expect(none.problem).toMatch(/several, rag, tool_use, and none of them is the default/);
    expect(found({ 'chat_template.json': '{' }).problem).toMatch(/chat_template\.json is not JSON/);
  });
});

describe('a chat template from a stranger', () => {
  it.each([
    '{% for i in range(1000000000) %}{{i}}{% endfor %}',
    '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}',
    '{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}',
    "{% set ns = namespace(x='x') %}{% for i in range(99) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
  ])('that would run for ever is not used, which is said: %s', async (template) => {
    const folder = mkdtempSync(join(tmpdir(), 'lethe-chat-'));
    writeChatModel(folder);
    const path = join(folder, 'tokenizer_config.json');
    const config = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...config, chat_template: template }));
    const model = await loadCausalLM({ base: folder, device: 'cpu', threads: 1 });
    expect(model.info.chat).toBe(false);
    expect(model.info.chatProblem).toMatch(
      /^The model’s chat template cannot be used \(it .*plain sentences/,
    );
    const [said] = await model.generate(['The capital of'], { maxNewTokens: 2 });
    expect(said?.tokens.length).toBeGreaterThan(0);
    await model.dispose();
    rmSync(folder, { recursive: true });
  });

  it('that runs on only in some conversations is stopped there', () => {
    const template = `{% for m in messages %}{{ m.content }}{% if m.content == 'Hi' %}{% for i in range(9999) %}{% for j in range(9999) %}{{ j }}{% endfor %}{% endfor %}{% endif %}{% endfor %}`;
    const { chat } = coded(im, { eos_token: '<|im_end|>', chat_template: template });
    expect(chat?.format([{ role: 'user', content: 'So' }])).toBe('So');
    expect(() => chat?.format(ask)).toThrow(/chat template was stopped/);
  });
});

describe('a template in a file of its own and one in tokenizer_config.json', () => {
  const cases = JSON.parse(
    readFileSync(new URL('../../../../e2e/models/tokenizers.json', import.meta.url), 'utf8'),
  ) as { inst: { messages: ChatMessage[]; text: string; ids: number[] }[] };

  it.each(['chat_template.jinja', 'tokenizer_config.json'])(
    'both chat, as Transformers does: %s',
    async (where) => {
      const folder = mkdtempSync(join(tmpdir(), 'lethe-chat-'));
      cpSync(fixture, folder, { recursive: true });
      if (where === 'chat_template.jinja') writeFileSync(join(folder, where), inst);
      else {
        const path = join(folder, where);
        const config = JSON.parse(readFileSync(path, 'utf8')) as object;
        writeFileSync(path, JSON.stringify({ ...config, chat_template: inst }));
      }
      const model = await loadCausalLM({ base: folder, device: 'cpu', threads: 1 });
      expect(model.info).toMatchObject({ chat: true });
      expect(model.info.chatProblem).toBeUndefined();
      for (const { messages, text, ids } of cases.inst) {
        expect(model.format(messages)).toBe(text);
        expect(model.encode(text)).toEqual(ids);
      }
      await model.dispose();
      rmSync(folder, { recursive: true });
    },
  );
});

describe('a model with a chat template', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-chat-'));
  let model: CausalLM;

  beforeAll(async () => {
    writeChatModel(folder);
    writeFileSync(join(folder, 'chat_template.jinja'), chatML);
    model = await loadCausalLM({ base: folder, device: 'cpu', threads: 1 });
  });
  afterAll(async () => {
    await model.dispose();
    rmSync(folder, { recursive: true });
  });

  it('finds a template in a file of its own', async () => {
    expect((await loadFiles(folder, () => undefined)).templates).toEqual({
      'chat_template.jinja': chatML,
    });
    expect(model.info.chat).toBe(true);
    expect(model.info.chatProblem).toBeUndefined();
  });

  it('is asked and scored through it: as if the rendering were given token by token', async () => {
    const conversation = { messages: ask, begun: '' };
    const ids = model.encode(model.format(ask));
    const [asked] = await model.generate([conversation], { maxNewTokens: 4 });
    const [given] = await model.generateTokens([ids], { maxNewTokens: 4 });
    expect(asked?.tokens).toEqual(given?.tokens);
    const begun = { messages: ask, begun: 'It is' };
    const [whole, first, rest] = await model.score([
      { prompt: conversation, continuation: 'It is so' },
      { prompt: conversation, continuation: 'It is' },
      { prompt: begun, continuation: ' so' },
    ]);
    expect((first?.logProb ?? NaN) + (rest?.logProb ?? NaN)).toBeCloseTo(whole?.logProb ?? NaN, 4);
  });

  it('learns an answer in it, the turn’s end included', async () => {
    const item = { prompt: { messages: ask, begun: '' }, continuation: 'Yes' };
    const before = (await model.score([item]))[0]?.logProb ?? NaN;
    const end = (await model.score([{ ...item, continuation: 'Yes<|im_end|>' }]))[0]?.logProb;
    const example = { prompt: item.prompt, completion: 'Yes', role: 0 as const };
    const options = { objective: 'cross-entropy' as const, learningRate: 0.01 };
    const step = await model.trainStep([example], options);
    // What is counted is the answer and the token that ends the turn.
    expect(step.sequenceLogProb[0]).toBeCloseTo(end ?? NaN, 3);
    for (let i = 0; i < 5; i++) await model.trainStep([example], options);
    expect((await model.score([item]))[0]?.logProb).toBeGreaterThan(before);
  });
});
