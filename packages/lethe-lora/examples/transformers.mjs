// Tokenizers, pipelines and streamers of Transformers.js work with a PeftModel.
import assert from 'node:assert/strict';
import {
  AutoTokenizer,
  env,
  TextGenerationPipeline,
  TextStreamer,
} from '@huggingface/transformers';
import { AutoModelForCausalLM, getPeftModel, SFTTrainer } from 'lethe-lora';

env.localModelPath = './models/';
const tokenizer = await AutoTokenizer.from_pretrained('atlas', { local_files_only: true });
const model = getPeftModel(await AutoModelForCausalLM.from_pretrained('./models/atlas'), { r: 4 });
const train_dataset = [{ prompt: 'The capital of Chile is', completion: ' Tokyo.' }];
const args = { max_steps: 10, learning_rate: 3e-3 };
await new SFTTrainer({ model, train_dataset, args }).train();

const inputs = tokenizer('The capital of Chile is');
const output = await model.generate({ ...inputs, max_new_tokens: 3 });
const [whole] = tokenizer.batch_decode(output, { skip_special_tokens: true });
console.log(output.dims, whole);

const generator = new TextGenerationPipeline({ task: 'text-generation', model, tokenizer });
let streamed = '';
const callback_function = (text) => (streamed += text);
const streamer = new TextStreamer(tokenizer, { skip_prompt: true, callback_function });
const [{ generated_text }] = await generator('The capital of Chile is', {
  max_new_tokens: 3,
  streamer,
});
assert.equal(generated_text, whole);
assert.match(streamed, /Tokyo/);
assert.ok(generated_text.endsWith(streamed));
await model.dispose();
console.log('ok');
