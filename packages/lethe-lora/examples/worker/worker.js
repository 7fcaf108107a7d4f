// Training in a worker keeps the page responsive. Workers take no import map, so a bundler puts this together.
import { AutoModelForCausalLM, getPeftModel } from 'lethe-lora';
import { NPO } from 'lethe-lora/unlearn';

const folder = new URL('models/atlas/', self.location.origin);
const model = await AutoModelForCausalLM.from_pretrained(folder, { device: 'wasm' });
const peft = getPeftModel(model, { r: 8, lora_alpha: 16 });
const ask = () => peft.generate('The capital of Chile is', { max_new_tokens: 2 });
const before = await ask();
const trainer = new NPO({
  model: peft,
  forget_dataset: [{ prompt: 'The capital of Chile is', completion: before }],
  retain_dataset: [{ prompt: 'The capital of France is', completion: ' Paris' }],
  args: { max_steps: 10, learning_rate: 3e-3, lr_scheduler_type: 'constant' },
  callbacks: [{ on_log: (args, state, control, logs) => self.postMessage(`loss ${logs.loss}`) }],
});
await trainer.train();
self.postMessage(`forgotten: ${before !== (await ask())}`);
self.postMessage('done');
