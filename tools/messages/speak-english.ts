/** @file Before the unit tests: the page speaks English, as it would once it is mounted. */
import { speak } from '../../src/ui/messages/index.ts';

await speak('en');
