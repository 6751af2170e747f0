/** A transformer's files as the hub has them, small enough to be made by a test: a bag of words. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How much each word says for each label; words that are not listed say nothing. */
export interface TinyModel {
  readonly labels: readonly string[];
  readonly words: Readonly<Record<string, readonly number[]>>;
}

/** Writes the model's files into `dir`: logits are the sum of what the words say. */
export function writeTinyModel(dir: string, { labels, words }: TinyModel): void {
  const vocabulary = ['[PAD]', '[UNK]', ...Object.keys(words)];
  const weights = vocabulary.map((word) => words[word] ?? labels.map(() => 0));
  mkdirSync(join(dir, 'onnx'), { recursive: true });
  const write = (name: string, value: unknown) =>
    writeFileSync(join(dir, name), JSON.stringify(value));
  write('config.json', {
    model_type: 'distilbert',
    architectures: ['DistilBertForSequenceClassification'],
    id2label: Object.fromEntries(labels.entries()),
    pad_token_id: 0,
  });
  write('tokenizer_config.json', {
    tokenizer_class: 'DistilBertTokenizer',
    model_max_length: 512,
    pad_token: '[PAD]',
    unk_token: '[UNK]',
  });
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  write('tokenizer.json', {
    version: '1.0',
    added_tokens: [0, 1].map((id) => ({ id, content: vocabulary[id], ...special, special: true })),
    normalizer: { type: 'BertNormalizer', lowercase: true },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary.map((word, id) => [word, id])),
    },
  });
  writeFileSync(join(dir, 'onnx', 'model.onnx'), onnxOf(weights, labels.length));
}

/** logits = ReduceSum(Gather(weights, input_ids), axis 1), as ONNX's protobuf (onnx.proto, opset 13). */
function onnxOf(weights: readonly (readonly number[])[], labels: number): Buffer {
  const floats = Buffer.from(Float32Array.from(weights.flat()).buffer);
  const axes = Buffer.from(BigInt64Array.of(1n).buffer);
  const [FLOAT, INT64] = [1, 7];
  const tensor = (name: string, type: number, dims: readonly number[], data: Buffer) =>
    message(...dims.map((dim) => int(1, dim)), int(2, type), text(8, name), bytes(9, data));
  const value = (name: string, type: number, dims: readonly (string | number)[]) => {
    const shape = dims.map((dim) => bytes(1, typeof dim === 'string' ? text(2, dim) : int(1, dim)));
    const tensorType = message(int(1, type), bytes(2, message(...shape)));
    return message(text(1, name), bytes(2, bytes(1, tensorType)));
  };
  const keepDims = message(text(1, 'keepdims'), int(3, 0), int(20, 2));
  const graph = message(
    bytes(1, node('Gather', ['weights', 'input_ids'], 'said')),
    bytes(1, message(node('ReduceSum', ['said', 'axes'], 'logits'), bytes(5, keepDims))),
    text(2, 'bag-of-words'),
    bytes(5, tensor('weights', FLOAT, [weights.length, labels], floats)),
    bytes(5, tensor('axes', INT64, [1], axes)),
    bytes(11, value('input_ids', INT64, ['batch', 'words'])),
    bytes(12, value('logits', FLOAT, ['batch', labels])),
  );
  return message(int(1, 8), bytes(7, graph), bytes(8, int(2, 13)));
}

function node(type: string, inputs: readonly string[], output: string): Buffer {
  return message(...inputs.map((name) => text(1, name)), text(2, output), text(4, type));
}

const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields);
const int = (field: number, value: number): Buffer => message(varint(field << 3), varint(value));
const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value));
const bytes = (field: number, value: Buffer): Buffer =>
  message(varint((field << 3) | 2), varint(value.length), value);

function varint(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) digits.push((rest % 128) | 128);
  return Buffer.from([...digits, rest]);
}
