// Tokenizers, pipelines and streamers of Transformers.js work with a PeftModel.
import assert from 'node:assert/strict';
import {
  AutoTokenizer,
  env,
  TextGenerationPipeline,
  TextStreamer,
} from '@huggingface/transformers';
import { AutoModelForCausalLM, PeftModel } from 'lethe-lora';

env.localModelPath = './models/';
const tokenizer = await AutoTokenizer.from_pretrained('qwen', { local_files_only: true });
const base = await AutoModelForCausalLM.from_pretrained('./models/qwen');
const model = await PeftModel.from_pretrained(base, './models/qwen');

const inputs = tokenizer('ab');
const output = await model.generate({ ...inputs, max_new_tokens: 8 });
const [whole] = tokenizer.batch_decode(output, { skip_special_tokens: true });
console.log(output.dims, whole);

const generator = new TextGenerationPipeline({ task: 'text-generation', model, tokenizer });
let streamed = '';
const callback_function = (text) => (streamed += text);
const streamer = new TextStreamer(tokenizer, { skip_prompt: true, callback_function });
const [{ generated_text }] = await generator('ab', { max_new_tokens: 8, streamer });
assert.equal(generated_text, whole);
assert.ok(generated_text.endsWith(streamed));
await model.dispose();
console.log('ok');
