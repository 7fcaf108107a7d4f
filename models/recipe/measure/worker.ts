/** @file A child process with a model of its own, on one thread: does the tasks that its parent sends. Argument: the model's folder. */
import { defaultAdapter } from '../../../src/lab/index.ts';
import { loadCausalLM } from '../../../src/model/index.ts';
import { measures, type NamedTask } from './index.ts';

const [folder = ''] = process.argv.slice(2);
const model = loadCausalLM({ base: folder, device: 'cpu', threads: 1, adapter: defaultAdapter });

process.on('message', ({ measure, task }: NamedTask) => {
  void model
    .then((loaded) => measures[measure].perform(loaded, task))
    .then(
      (result) => process.send?.({ result }),
      (error: unknown) => process.send?.({ error: String(error) }),
    );
});
process.on('disconnect', () => process.exit(0));
