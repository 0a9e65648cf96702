// What llama.cpp does with a GGUF file, through node-llama-cpp and its prebuilt binary:
//
//   node llama.mjs MODULES MODEL --threads 2 --prompt 512 --repeats 1 --context 32 --tokens 24 --batch 1,8,16
//
// Prints one JSON object. --prompt 0 leaves the prompt out, --batch 0 the decoding. The same measures as `gateway engine bench`: prompts one at a time until the first token; then all
// streams together, from the moment that all of them generate.
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [modules, modelPath, ...rest] = process.argv.slice(2);
const option = (name, fallback) => {
  const index = rest.indexOf(`--${name}`);
  return index < 0 ? fallback : rest[index + 1];
};
const threads = Number(option("threads", 2));
const prompt = Number(option("prompt", 512));
const repeats = Number(option("repeats", 1));
const context = Number(option("context", 32));
const tokens = Number(option("tokens", 24));
const batches = option("batch", "1,8,16").split(",").map(Number).filter(streams => streams > 0);

const { getLlama, LlamaLogLevel } = await import(pathToFileURL(path.join(modules, "node-llama-cpp/dist/index.js")));
const llama = await getLlama({ gpu: false, build: "never", maxThreads: threads, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath });
const vocabulary = model.fileInfo.metadata.tokenizer.ggml.tokens.length;

let prompts = 0;
const ids = length => {
  const seed = ++prompts;
  return Array.from({ length }, (_, i) => (i * 7919 + seed * 104729 + 13) % vocabulary);
};

// The first token comes with the prompt.
async function prefill(length, times) {
  const llamaContext = await model.createContext({ contextSize: length + 16, batchSize: 512, threads, sequences: 1 });
  const sequence = llamaContext.getSequence();
  const rates = [];
  for (let i = 0; i < times; i++) {
    await sequence.clearHistory();
    const start = performance.now();
    for await (const _ of sequence.evaluate(ids(length), { temperature: 0, yieldEogToken: true })) {
      rates.push(length / (performance.now() - start) * 1000);
      break;
    }
  }
  await llamaContext.dispose();
  return rates.sort((a, b) => a - b)[Math.floor(times / 2)];
}

async function decode(streams) {
  const most = context + tokens + streams + 32;
  const llamaContext = await model.createContext({ contextSize: most, batchSize: 512, threads, sequences: streams });
  let [started, counted, opened, last] = [0, 0, 0, 0];
  await Promise.all(Array.from({ length: streams }, async () => {
    const sequence = llamaContext.getSequence();
    let generated = 0;
    for await (const _ of sequence.evaluate(ids(context), { temperature: 0, yieldEogToken: true })) {
      last = performance.now();
      if (started === streams) {
        counted++;
      } else if (generated === 0 && ++started === streams) {
        opened = last;
      }
      if (++generated >= most - context || counted >= tokens * streams) {
        break;
      }
    }
  }));
  await llamaContext.dispose();
  return counted / (last - opened) * 1000;
}

const maps = fs.readFileSync("/proc/self/maps", "utf8");
const variant = /libggml-cpu-([a-z0-9_.]+)\.so/.exec(maps)?.[1] ?? "unknown";
await prefill(16, 1);
const result = { variant, promptTokens: prompt, prefillTokensPerSecond: prompt > 0 ? await prefill(prompt, repeats) : null, decodes: [] };
for (const streams of batches) {
  result.decodes.push({ streams, tokensPerSecond: await decode(streams) });
}
console.log(JSON.stringify(result));
process.exit(0);
