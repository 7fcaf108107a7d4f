import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  FunctionProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
} from 'onnx-buf';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { externalWeights, parseModel, writeModel } from './index.ts';

/** The name of the only node of a file, whose metadata tells `scopes`. */
function nameOf(scopes: string | undefined): string | undefined {
  const metadataProps =
    scopes === undefined ? [] : [{ key: 'pkg.torch.onnx.name_scopes', value: scopes }];
  const node = { opType: 'MatMul', name: 'node_linear_1', input: ['x', 'val_9'], output: ['y'] };
  const model = create(ModelProtoSchema, {
    graph: create(GraphProtoSchema, {
      node: [create(NodeProtoSchema, { ...node, metadataProps })],
      output: [create(ValueInfoProtoSchema, { name: 'y' })],
    }),
  });
  return parseModel(toBinary(ModelProtoSchema, model)).nodes[0]?.name;
}

describe('a node of a file is called', () => {
  it('by its module, where torch.onnx left the path in the metadata', () => {
    const scopes = "['', 'model', 'model.layers.0', 'model.layers.0.mlp.up_proj', 'linear_1']";
    expect(nameOf(scopes)).toBe('/model.layers.0.mlp.up_proj/MatMul');
  });

  it('as the file has it, where the metadata tells no module', () => {
    expect(nameOf(undefined)).toBe('node_linear_1');
    expect(nameOf("['', 'linear_1']")).toBe('node_linear_1');
    expect(nameOf('')).toBe('node_linear_1');
  });
});

type Fields<T> = Partial<Omit<T, '$typeName' | '$unknown'>>;

const floats = 1;
const wholeNumbers = 7;

const tensor = (name: string, dims: readonly number[], values: readonly number[]) =>
  create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: floats,
    rawData: new Uint8Array(Float32Array.from(values).buffer),
  });

const places = (dims: readonly number[], values: readonly number[]) =>
  create(TensorProtoSchema, {
    dims: dims.map(BigInt),
    dataType: wholeNumbers,
    int64Data: values.map(BigInt),
  });

const vector = (name: string) =>
  create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: 'tensorType',
        value: { elemType: floats, shape: { dim: [{ value: { case: 'dimValue', value: 3n } }] } },
      },
    },
  });

const node = (opType: string, input: string[], output: string[], more: Fields<NodeProto> = {}) =>
  create(NodeProtoSchema, { opType, input, output, ...more });

/** A file that makes `y` [3] of `x` [3]. */
function file(graph: Fields<GraphProto>, model: Fields<ModelProto> = {}): Uint8Array<ArrayBuffer> {
  const message = create(ModelProtoSchema, {
    irVersion: 10n,
    opsetImport: [{ domain: '', version: 18n }],
    ...model,
    graph: create(GraphProtoSchema, {
      name: 'test',
      input: [vector('x')],
      output: [vector('y')],
      ...graph,
    }),
  } as Parameters<typeof create<typeof ModelProtoSchema>>[1]);
  return toBinary(ModelProtoSchema, message);
}

/** What ONNX Runtime makes of x = 1, 2, 3. */
async function run(bytes: Uint8Array): Promise<number[]> {
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const { y } = await session.run({ x: new ort.Tensor('float32', Float32Array.of(1, 2, 3), [3]) });
  await session.release();
  return [...(y?.data as Float32Array)];
}

const attribute = (type: AttributeType, fields: Fields<AttributeProto>) =>
  ({ type, ...fields }) as AttributeProto;

/** The same file as it is read and written here. */
const again = (bytes: Uint8Array<ArrayBuffer>, weights?: Parameters<typeof parseModel>[1]) =>
  writeModel(parseModel(bytes, weights));

describe('a file in a form that few exporters write', () => {
  it('has functions of its own, which call each other', async () => {
    const alpha = (refAttrName: string) =>
      attribute(AttributeType.FLOAT, { name: 'alpha', refAttrName });
    const leaky = create(FunctionProtoSchema, {
      domain: 'own',
      name: 'Leaky',
      input: ['a'],
      output: ['b', 'same'],
      attribute: ['slope'],
      opsetImport: [{ domain: '', version: 18n }],
      node: [
        node('Neg', ['a'], ['t']),
        node('Identity', ['a'], ['same']),
        node('LeakyRelu', ['t'], ['b'], { attribute: [alpha('slope')] }),
      ],
    });
    const twice = create(FunctionProtoSchema, {
      domain: 'own',
      name: 'Twice',
      input: ['a'],
      output: ['c'],
      opsetImport: [{ domain: 'own', version: 1n }],
      node: [
        node('Leaky', ['a'], ['t', 'same'], {
          domain: 'own',
          attribute: [attribute(AttributeType.FLOAT, { name: 'slope', f: 0.5 })],
        }),
        node('Add', ['t', 'same'], ['c']),
      ],
    });
    const bytes = file(
      {
        node: [
          node('Twice', ['x'], ['t'], { domain: 'own', name: '/model/layers.0/up_proj/Call' }),
          node('Twice', ['t'], ['y'], { domain: 'own' }),
        ],
      },
      {
        functions: [leaky, twice],
        opsetImport: [
          { domain: '', version: 18n },
          { domain: 'own', version: 1n },
        ] as ModelProto['opsetImport'],
      },
    );
    // Each time half: −x by the slope of ½, and x.
    expect(await run(again(bytes))).toEqual([0.25, 0.5, 0.75]);
    const names = parseModel(bytes).nodes.map(({ name }) => name);
    expect(names).toContain('/model/layers.0/up_proj/Neg');
  });

  it('has a function that calls itself, which is said', () => {
    const own = create(FunctionProtoSchema, {
      domain: 'own',
      name: 'Loop',
      input: ['a'],
      output: ['b'],
      node: [node('Loop', ['a'], ['b'], { domain: 'own' })],
    });
    const bytes = file(
      { node: [node('Loop', ['x'], ['y'], { domain: 'own' })] },
      { functions: [own] },
    );
    expect(() => parseModel(bytes)).toThrow('The function "Loop" of this ONNX file calls itself.');
  });

  it('has sparse weights', async () => {
    const sparse = { values: tensor('w', [2], [5, 7]), indices: places([2], [0, 2]), dims: [3n] };
    const matrix = {
      values: tensor('', [2], [2, 3]),
      indices: places([2, 2], [0, 1, 1, 0]),
      dims: [2n, 2n],
    };
    const bytes = file({
      sparseInitializer: [sparse] as unknown as GraphProto['sparseInitializer'],
      node: [node('Add', ['x', 'w'], ['y'])],
    });
    expect(await run(bytes)).toEqual([6, 2, 10]);
    expect(await run(again(bytes))).toEqual([6, 2, 10]);
    const sparseTensor = matrix as unknown as AttributeProto['sparseTensor'];
    const constant = node('Constant', [], ['m'], {
      attribute: [
        attribute(AttributeType.SPARSE_TENSOR, { name: 'sparse_value', sparseTensor } as never),
      ],
    });
    const read = parseModel(file({ node: [constant, node('Identity', ['x'], ['y'])] }));
    const { tensor: whole } = read.value('m') ?? {};
    expect([...new Float32Array((whole?.bytes ?? new Uint8Array()).slice().buffer)]).toEqual([
      0, 2, 3, 0,
    ]);
  });

  it('names the domain of its constants', async () => {
    const value = attribute(AttributeType.TENSOR, { name: 'value', t: tensor('', [], [4]) });
    const constant = node('Constant', [], ['four'], { domain: 'ai.onnx', attribute: [value] });
    const bytes = file({ node: [constant, node('Mul', ['x', 'four'], ['y'])] });
    expect(parseModel(bytes).value('four')?.isConstant).toBe(true);
    expect(await run(again(bytes))).toEqual([4, 8, 12]);
  });

  it('has weights of its conditional parts and its constants in another file, whatever that is called', async () => {
    const location = 'the weights (1).bin';
    const stored = Float32Array.of(1, 1, 1, 2, 2, 2);
    const external = (name: string, offset: number) =>
      create(TensorProtoSchema, {
        name,
        dims: [3n],
        dataType: floats,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [
          { key: 'location', value: location },
          { key: 'offset', value: String(offset) },
        ],
      });
    const branch = (name: string) =>
      attribute(AttributeType.GRAPH, {
        name,
        g: create(GraphProtoSchema, {
          name,
          initializer: [external(`${name}.w`, 0)],
          node: [node('Add', ['x', `${name}.w`], [`${name}.y`])],
          output: [vector(`${name}.y`)],
        }),
      });
    const value = attribute(AttributeType.TENSOR, { name: 'value', t: external('', 12) });
    const bytes = file({
      node: [
        node('ReduceSum', ['x'], ['sum'], {
          attribute: [attribute(AttributeType.INT, { name: 'keepdims', i: 0n })],
        }),
        node('Greater', ['sum', 'limit'], ['large']),
        node('If', ['large'], ['t'], { attribute: [branch('then_branch'), branch('else_branch')] }),
        node('Constant', [], ['two'], { attribute: [value] }),
        node('Mul', ['t', 'two'], ['y']),
      ],
      initializer: [tensor('limit', [], [4])],
    });
    expect([...externalWeights(bytes).keys()]).toEqual([location]);
    const weights = new Map([[location, new Uint8Array(stored.buffer)]]);
    expect(await run(again(bytes, weights))).toEqual([4, 6, 8]);
  });

  it.each(['../x', '/x', 'a/b', 'a\\b', '.hidden', 'https://x', 'x?y', ''])(
    'has no weights at %j',
    (location) => {
      const weight = create(TensorProtoSchema, {
        name: 'w',
        dims: [3n],
        dataType: floats,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [{ key: 'location', value: location }],
      });
      const bytes = file({ initializer: [weight], node: [node('Add', ['x', 'w'], ['y'])] });
      expect(() => externalWeights(bytes)).toThrow('is not the name of a file beside the model');
    },
  );

  it('has open sizes below zero, or called by numbers', () => {
    const input = vector('x');
    const { type } = input;
    if (type?.value.case !== 'tensorType') throw new Error('not a tensor');
    const dims = type.value.value.shape?.dim ?? [];
    for (const value of [
      { case: 'dimValue', value: -1n } as const,
      { case: 'dimParam', value: '2' } as const,
      { case: 'dimParam', value: '-1' } as const,
    ])
      dims.push({ ...dims[0], value } as (typeof dims)[0]);
    const bytes = file({ input: [input], node: [node('Identity', ['x'], ['y'])] });
    expect(parseModel(bytes).input('x').shape).toEqual([3, 'x.1', 'size_2', 'size_-1']);
  });

  it('has a value with the name of an input that is added', () => {
    const graph = parseModel(
      file({ node: [node('Neg', ['x'], ['adapter']), node('Abs', ['adapter'], ['y'])] }),
    );
    const made = graph.value('adapter');
    const added = graph.addInput('adapter', 'float32', [1]);
    expect(graph.value('adapter')).toBe(added);
    expect(graph.nodes[1]?.input(0)).toBe(made);
    expect(made?.name).not.toBe('adapter');
    expect(() => graph.addInput('x', 'float32', [1])).toThrow('already has an input or output "x"');
  });
});
