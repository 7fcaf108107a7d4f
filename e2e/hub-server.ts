/** @file A small server that speaks the Hub's paths and serves the fixtures, with the faults of real networks on demand. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseModel, writeModelFiles } from '../packages/lethe-lora/src/onnx/index.ts';
import { writeChatModel } from './chat-model.ts';

/** What a request for a file meets. */
export interface Fault {
  /** Of which files. */
  path: RegExp;
  /** How many requests meet it; all by default. */
  times?: number;
  /** The connection breaks after so many bytes of the answer. */
  dropAfter?: number;
  /** Bytes a second. */
  speed?: number;
  /** Answers with this status instead. */
  status?: number;
  /** Sends so many bytes only, and says so in its headers. */
  length?: number;
  /** Sends other bytes, as many as there should be. */
  corrupt?: boolean;
}

interface HubModelFiles {
  files: Map<string, Buffer>;
  card: object;
  gated: boolean;
}

const commit = '0123456789abcdef0123456789abcdef01234567';
const beside = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'generation_config.json',
  'chat_template.jinja',
];
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A folder's files in the Hub's layout, its model under another name where one is given. */
function folder(path: string, modelName = 'onnx/model.onnx'): Map<string, Buffer> {
  const names = readdirSync(path).filter((name) => beside.includes(name));
  return new Map([
    ...names.map((name): [string, Buffer] => [name, readFileSync(`${path}/${name}`)]),
    [modelName, readFileSync(`${path}/onnx/model.onnx`)],
  ]);
}

/** The model with its weights in a file beside it. */
function withExternalData(files: Map<string, Buffer>): Map<string, Buffer> {
  const graph = parseModel(new Uint8Array(files.get('onnx/model.onnx') ?? []));
  const written = writeModelFiles(graph, 'model.onnx', 1000);
  return new Map([
    ...files,
    ...written.map(({ name, parts }): [string, Buffer] => [`onnx/${name}`, Buffer.concat(parts)]),
  ]);
}

/** In the form of ChatML, which Qwen and SmolLM have, in a file of its own as transformers writes it now. */
const template = `{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}`;

/** A model that converses. */
function chatModel(): Map<string, Buffer> {
  const path = mkdtempSync(join(tmpdir(), 'lethe-chat-'));
  try {
    writeChatModel(path);
    writeFileSync(join(path, 'chat_template.jinja'), template);
    return folder(path);
  } finally {
    rmSync(path, { recursive: true });
  }
}

/** The same under `model_q4.onnx`, the file of its data called otherwise, and no licence, no language, a bare configuration. */
function withOddData(files: Map<string, Buffer>): Map<string, Buffer> {
  const graph = parseModel(new Uint8Array(files.get('onnx/model.onnx') ?? []));
  const [model, data] = writeModelFiles(graph, 'weights', 1000);
  if (!model || !data) throw new Error('The fixture has no data of its own.');
  const named = [...files].filter(
    ([name]) => name !== 'onnx/model.onnx' && name !== 'generation_config.json',
  );
  return new Map([
    ...named,
    ['config.json', Buffer.from('{"model_type":"qwen2"}')],
    ['onnx/model_q4.onnx', Buffer.concat(model.parts)],
    [`onnx/${data.name}`, Buffer.concat(data.parts)],
  ]);
}

function models(): Map<string, HubModelFiles> {
  const fixture = (name: string): string => here(`models/${name}`);
  const english = { license: 'mit', language: ['en', 'fr'] };
  const encoder = folder(fixture('qwen2-fp32'));
  encoder.set('config.json', Buffer.from('{"architectures":["BertModel"]}'));
  return new Map([
    [
      'test/atlas',
      { files: folder(here('../models/atlas')), card: { license: 'mit' }, gated: false },
    ],
    ['test/micro', { files: folder(here('../.cache/models/micro')), card: english, gated: false }],
    [
      'test/qwen2',
      {
        files: new Map([
          ...withExternalData(folder(fixture('qwen2-fp32'))),
          ...folder(fixture('qwen2-q4'), 'onnx/model_q4.onnx'),
          ...folder(fixture('qwen2-q4f16'), 'onnx/model_q4f16.onnx'),
          ['onnx/model_q1.onnx', Buffer.alloc(100)],
        ]),
        card: english,
        gated: false,
      },
    ],
    ['test/chat', { files: chatModel(), card: english, gated: false }],
    ['test/gated', { files: folder(fixture('qwen2-fp32')), card: {}, gated: true }],
    ['test/encoder', { files: encoder, card: {}, gated: false }],
    [
      'test/untokenized',
      {
        files: new Map(
          [...folder(fixture('qwen2-fp32'))].filter(([name]) => name !== 'tokenizer.json'),
        ),
        card: {},
        gated: false,
      },
    ],
    // One ONNX file whose data has a name of its own, as some exporters write it.
    ['test/odd', { files: withOddData(folder(fixture('qwen2-fp32'))), card: {}, gated: false }],
    [
      'test/weightless',
      { files: new Map([['config.json', Buffer.from('{}')]]), card: {}, gated: false },
    ],
  ]);
}

export class HubServer {
  faults: Fault[] = [];
  /** Bytes sent of each file, over all requests. */
  readonly served = new Map<string, number>();
  readonly requests: { path: string; range: string | undefined }[] = [];
  readonly #models = models();
  #server: Server | null = null;
  #port = 0;

  get origin(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts, on the same port as before where it ran before. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(null)));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // As the Hub does: any page may read it, and see these headers.
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Expose-Headers', 'ETag, X-Error-Code, Content-Range');
    const path = decodeURIComponent(new URL(request.url ?? '/', this.origin).pathname);
    const listing = /^\/api\/models\/([^/]+\/[^/]+)\/revision\/([^/]+)$/.exec(path);
    if (listing) {
      this.#list(listing[1] ?? '', response);
      return;
    }
    const resolved = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path);
    const large = /^\/cdn\/([^/]+\/[^/]+)\/(.+)$/.exec(path);
    const model = this.#models.get(resolved?.[1] ?? large?.[1] ?? '');
    const name = resolved?.[3] ?? large?.[2] ?? '';
    const file = model?.files.get(name);
    if (!model || !file) {
      response.writeHead(model ? 404 : 401, { 'X-Error-Code': 'EntryNotFound' }).end('Not found');
      return;
    }
    if (resolved && name.startsWith('onnx/')) {
      // Large files are somewhere else.
      response.writeHead(302, { Location: `${this.origin}/cdn/${resolved[1]}/${name}` }).end();
      return;
    }
    await this.#send(name, file, request, response);
  }

  #list(id: string, response: ServerResponse): void {
    const model = this.#models.get(id);
    response.setHeader('Content-Type', 'application/json');
    if (!model) {
      response.writeHead(401, { 'X-Error-Code': 'RepoNotFound' });
      response.end('{"error":"Invalid username or password."}');
      return;
    }
    const siblings = [...model.files].map(([rfilename, file]) => ({
      rfilename,
      size: file.length,
      // Weights are kept in Git LFS.
      ...(rfilename.startsWith('onnx/') && {
        lfs: { size: file.length, sha256: createHash('sha256').update(file).digest('hex') },
      }),
    }));
    const { card, gated } = model;
    response.end(
      JSON.stringify({ id, sha: commit, gated: gated && 'manual', cardData: card, siblings }),
    );
  }

  #faultFor(name: string): Fault | undefined {
    const fault = this.faults.find(({ path, times }) => path.test(name) && times !== 0);
    if (fault?.times !== undefined) fault.times--;
    return fault;
  }

  async #send(
    name: string,
    whole: Buffer,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { range } = request.headers;
    this.requests.push({ path: name, range });
    const fault = this.#faultFor(name);
    if (fault?.status !== undefined) {
      response.writeHead(fault.status).end();
      return;
    }
    const right = fault?.length === undefined ? whole : whole.subarray(0, fault.length);
    const file = fault?.corrupt === true ? Buffer.alloc(right.length) : right;
    const from = Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1] ?? 0);
    if (from > 0 && from >= file.length) {
      response.writeHead(416, { 'Content-Range': `bytes */${file.length}` }).end();
      return;
    }
    response.setHeader('ETag', `"${name}"`);
    response.setHeader('Accept-Ranges', 'bytes');
    response.setHeader('Content-Length', file.length - from);
    if (range !== undefined)
      response.setHeader('Content-Range', `bytes ${from}-${file.length - 1}/${file.length}`);
    response.writeHead(range === undefined ? 200 : 206);
    const until = Math.min(file.length, from + (fault?.dropAfter ?? Infinity));
    const piece = fault?.speed === undefined ? 2 ** 16 : Math.ceil(fault.speed / 20);
    for (let at = from; at < until && !response.destroyed; at += piece) {
      const part = file.subarray(at, Math.min(until, at + piece));
      await new Promise<void>((resolve) => response.write(part, () => resolve()));
      this.served.set(name, (this.served.get(name) ?? 0) + part.length);
      if (fault?.speed !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    if (until < file.length) {
      // What was sent should arrive before the connection breaks.
      await new Promise((resolve) => setTimeout(resolve, 100));
      response.destroy();
    } else response.end();
  }
}
