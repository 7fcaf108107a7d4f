// An adapter from a folder, applied at run time.
import { AutoModelForCausalLM, PeftModel } from 'lethe-lora';

const log = (text) => (document.querySelector('#log').textContent += text + '\n');
const model = await AutoModelForCausalLM.from_pretrained('./models/qwen/');
const peft = await PeftModel.from_pretrained(model, './models/qwen/');
const say = () => peft.generate('ab', { max_new_tokens: 8 });
const on = await say();
const off = await peft.disable_adapter(say);
log(`with: ${on}\nwithout: ${off}\ndiffer: ${on !== off}`);
log('done');
