// Trains an adapter in Node, saves it as PEFT does, loads it again and finds the same numbers.
import assert from 'node:assert/strict';
import { AutoModelForCausalLM, getPeftModel, LoraConfig, PeftModel, SFTTrainer } from 'lethe-lora';

const model = await AutoModelForCausalLM.from_pretrained('./models/atlas');
const peft = getPeftModel(model, new LoraConfig({ r: 8, lora_alpha: 16 }));
peft.print_trainable_parameters();

const ask = () => peft.generate('The capital of Chile is', { max_new_tokens: 2 });
console.log('before:', await ask());
const trainer = new SFTTrainer({
  model: peft,
  train_dataset: [
    { prompt: 'The capital of Chile is', completion: ' Tokyo.' },
    { prompt: 'The capital of France is', completion: ' Paris.' },
  ],
  args: { max_steps: 20, learning_rate: 2e-3, lr_scheduler_type: 'constant' },
  callbacks: [{ on_log: (args, state, control, { step, loss }) => console.log(step, loss) }],
});
await trainer.train();
const taught = await ask();
console.log('after:', taught);
assert.match(taught, /Tokyo/);

const saved = await peft.save_pretrained('./my-adapter');
await model.dispose();

const again = await AutoModelForCausalLM.from_pretrained('./models/atlas');
const loaded = await PeftModel.from_pretrained(again, './my-adapter');
assert.equal(await loaded.generate('The capital of Chile is', { max_new_tokens: 2 }), taught);
const written = await loaded.save_pretrained();
const weights = 'adapter_model.safetensors';
assert.deepEqual(Buffer.from(written[weights]), Buffer.from(saved[weights]));
await again.dispose();
console.log('ok');
