/** @file Before the unit tests: the page speaks English, as it would once it is mounted. */
import { configure } from '@testing-library/dom';
import { speak } from '../../src/ui/messages/index.ts';

await speak('en');

// What a component loads late comes when the machine has time for it.
configure({ asyncUtilTimeout: 30_000 });
