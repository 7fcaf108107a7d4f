import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseModel, writeExternalModel, writeModel, type Graph, type Value } from './index.ts';

const bytes = new Uint8Array(
  readFileSync(new URL('../../../../e2e/models/qwen2-fp32/onnx/model.onnx', import.meta.url)),
);

/** Names in order; optional ones that are missing at the end need not be written. */
function named(values: readonly (Value | null)[]): (string | null)[] {
  const names = values.map((value) => value?.name ?? null);
  while (names.at(-1) === null) names.pop();
  return names;
}

/** A graph as plain data: everything that must survive a journey through a file. */
function described(graph: Graph): unknown {
  return {
    opsets: [...graph.opsets],
    inputs: graph.inputs.map(({ name, type }) => [name, type]),
    outputs: graph.outputs.map(({ name }) => name),
    nodes: graph.nodes.map(({ op, name, inputs, outputs, attributes }) => ({
      op,
      name,
      inputs: named(inputs),
      outputs: named(outputs),
      attributes,
    })),
    weights: graph.initializers
      .map(({ name, tensor }) => [
        name,
        tensor?.type,
        tensor?.dims,
        tensor && Buffer.from(tensor.bytes).toString('base64'),
      ])
      .sort((a, b) => String(a[0]).localeCompare(String(b[0]))),
  };
}

describe('an ONNX model', () => {
  it('survives being read and written', () => {
    const graph = parseModel(bytes);
    expect(described(parseModel(writeModel(graph)))).toEqual(described(graph));
  });

  it('survives with its weights in a separate buffer, which is the very one it was read from', () => {
    const graph = parseModel(bytes);
    const { model, externalData } = writeExternalModel(graph);
    expect(model.length).toBeLessThan(bytes.length / 2);
    expect(externalData.map(({ data }) => data.buffer)).toEqual([bytes.buffer]);
    expect(externalData[0]?.data.buffer).toBe(bytes.buffer);
    const files = new Map(externalData.map(({ path, data }) => [path, data]));
    expect(described(parseModel(model, files))).toEqual(described(graph));
  });

  it('shares its weights with the file and with its clones', () => {
    const graph = parseModel(bytes);
    const large = graph.initializers.filter(({ tensor }) => (tensor?.bytes.length ?? 0) > 4096);
    expect(large.length).toBeGreaterThan(3);
    for (const { tensor, name } of large) {
      expect(tensor?.bytes.buffer).toBe(bytes.buffer);
      expect(graph.clone().value(name)?.tensor?.bytes).toBe(tensor?.bytes);
    }
  });

  it('knows who makes each value and who uses it', () => {
    const graph = parseModel(bytes);
    for (const node of graph.nodes) {
      for (const output of node.outputs) if (output) expect(output.producer).toBe(node);
      for (const input of node.inputs)
        if (input) expect(input.uses.some((use) => use.node === node)).toBe(true);
    }
  });

  it('names the missing file of external data', () => {
    const { model } = writeExternalModel(parseModel(bytes));
    expect(() => parseModel(model, new Map())).toThrow(/weights-0/);
  });

  it('is refused with an error, never with a crash or a hang, when bytes are wrong', () => {
    let refused = 0;
    for (let at = 0; at < 4000; at += 7) {
      const broken = bytes.slice(0, 60_000);
      broken[at] = (broken[at] ?? 0) ^ 0x55;
      try {
        parseModel(broken);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(() => parseModel(new TextEncoder().encode('<html>404</html>'))).toThrow();
  });
});
