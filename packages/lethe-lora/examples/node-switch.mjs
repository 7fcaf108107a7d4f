// Two adapters from folders on one base: switched between prompts, and weighted together.
import assert from 'node:assert/strict';
import { AutoModelForCausalLM, PeftModel } from 'lethe-lora';

const model = await AutoModelForCausalLM.from_pretrained('./models/qwen');
const peft = await PeftModel.from_pretrained(model, './models/qwen', { adapter_name: 'one' });
await peft.load_adapter('./models/qwen', { adapter_name: 'two' });
await peft.add_weighted_adapter(['one', 'two'], [0.5, -0.5], 'none');

const say = () => peft.generate('ab', { max_new_tokens: 8 });
const said = {};
for (const name of ['one', 'two', 'none', 'one']) {
  peft.set_adapter(name);
  const start = performance.now();
  const text = await say();
  console.log(name, `${(performance.now() - start).toFixed(1)} ms`, JSON.stringify(text));
  assert.equal(text, (said[name] ??= text));
}
assert.equal(said.one, said.two);
assert.equal(said.none, await peft.disable_adapter(say));
await peft.dispose();
console.log('ok');
