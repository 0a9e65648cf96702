// Runs every case of the OpenAI client against one endpoint. Each case prints one JSON line:
// {"case", "ok", "error" when it failed, and what it saw}. The exit code is 1 when any case failed.
import assert from 'node:assert/strict';
import OpenAI, { NotFoundError } from 'openai';

const model = required('OPENAI_MODEL');
const client = new OpenAI({
  baseURL: required('OPENAI_BASE_URL'),
  apiKey: required('OPENAI_API_KEY'),
  maxRetries: 0,
  timeout: 20_000,
});
const messages = [{ role: 'user', content: 'Say hello.' }];

const cases = {
  async 'models.list'() {
    const ids = (await client.models.list()).data.map((entry) => entry.id);
    assert.ok(ids.includes(model), `${model} is not among ${ids.join(', ')}`);
    return { ids };
  },

  async 'chat'() {
    const completion = await client.chat.completions.create({ model, messages, temperature: 0 });
    assert.equal(completion.object, 'chat.completion');
    const [choice] = completion.choices;
    assert.equal(choice.message.role, 'assistant');
    assert.ok(choice.message.content.length > 0, 'the content is empty');
    assert.ok(completion.usage.total_tokens > 0, 'usage is missing');
    return { content: choice.message.content, finish_reason: choice.finish_reason, usage: completion.usage };
  },

  async 'chat.stream'() {
    const stream = await client.chat.completions.create({ model, messages, temperature: 0, stream: true });
    const seen = await collect(stream);
    assert.ok(seen.content.length > 0, 'no delta carried content');
    assert.ok(seen.finish_reason, 'no chunk carried a finish_reason');
    assert.equal(seen.usage_chunks.length, 0, 'a usage chunk came unasked');
    return seen;
  },

  async 'chat.stream.usage'() {
    const stream = await client.chat.completions.create({
      model,
      messages,
      temperature: 0,
      stream: true,
      stream_options: { include_usage: true },
    });
    const seen = await collect(stream);
    assert.ok(seen.content.length > 0, 'no delta carried content');
    assert.ok(seen.finish_reason, 'no chunk carried a finish_reason');
    assert.equal(seen.usage_chunks.length, 1, 'there must be exactly one usage chunk');
    assert.ok(seen.usage_chunks[0].total_tokens > 0, 'the usage is empty');
    return seen;
  },

  async 'chat.stream.abort'() {
    const stream = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: 'Count to one thousand.' }],
      stream: true,
    });
    let chunks = 0;
    for await (const chunk of stream) {
      chunks += 1;
      if (chunk.choices[0]?.delta?.content) {
        // The client ends its iteration quietly when its own controller aborts.
        stream.controller.abort();
      }
    }
    assert.ok(chunks > 0, 'the stream had no chunk before the abort');
    return { chunks };
  },

  async 'chat.unknown-model'() {
    const error = await failure(client.chat.completions.create({ model: 'no-such-model', messages }));
    assert.ok(error instanceof NotFoundError, `expected NotFoundError, got ${error?.constructor?.name}`);
    assert.equal(error.status, 404);
    assert.ok(error.code, 'error.code is missing');
    assert.ok(error.message.includes('no-such-model'), `the message does not name the model: ${error.message}`);
    return { status: error.status, code: error.code, type: error.type, param: error.param, message: error.message };
  },

  async 'completions'() {
    const completion = await client.completions.create({ model, prompt: 'Once upon a time', max_tokens: 16, temperature: 0 });
    assert.equal(completion.object, 'text_completion');
    assert.ok(completion.choices[0].text.length > 0, 'the text is empty');
    return { text: completion.choices[0].text, finish_reason: completion.choices[0].finish_reason };
  },
};

async function collect(stream) {
  const seen = { content: '', finish_reason: null, usage_chunks: [] };
  for await (const chunk of stream) {
    assert.equal(chunk.object, 'chat.completion.chunk');
    const choice = chunk.choices[0];
    seen.content += choice?.delta?.content ?? '';
    seen.finish_reason = choice?.finish_reason ?? seen.finish_reason;
    if (chunk.usage) {
      assert.equal(chunk.choices.length, 0, 'usage came on a chunk that has choices');
      seen.usage_chunks.push(chunk.usage);
    }
  }
  return seen;
}

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'the call succeeded' });
}

function required(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`The environment variable ${name} is not set.`);
  }
  return value;
}

for (const [name, run] of Object.entries(cases)) {
  let report;
  try {
    report = { case: name, ok: true, ...(await run()) };
  } catch (error) {
    process.exitCode = 1;
    report = { case: name, ok: false, error: `${error?.name}: ${error?.message}` };
  }
  console.log(JSON.stringify(report));
}
