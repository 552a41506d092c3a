// SPDX-License-Identifier: Apache-2.0
// What MQTT.js, a client that we did not write, does with the broker: `node client.cjs SCENARIO URL VERSION USER PASSWORD`.
// Exits with 0 if all went as it should; otherwise says what did not.
'use strict';

const assert = require('node:assert');
const mqtt = require('mqtt');

const [scenario, url, version, username, password] = process.argv.slice(2);
const isV5 = version === '5';
const PATIENCE_MS = 20_000;

// A client whose messages wait in a queue.
async function connect(clientId, options = {}) {
  const client = mqtt.connect(url, {
    clientId,
    username,
    password,
    protocolVersion: isV5 ? 5 : 4,
    protocolId: 'MQTT',
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: PATIENCE_MS,
    ...options,
  });
  const waiting = [];
  const wanted = [];
  client.on('message', (topic, payload, packet) => {
    const message = { topic, payload: payload.toString(), qos: packet.qos, retain: packet.retain, properties: packet.properties ?? {} };
    if (wanted.length > 0) wanted.shift()(message);
    else waiting.push(message);
  });
  client.receive = () => (waiting.length > 0 ? Promise.resolve(waiting.shift()) : new Promise((resolve) => wanted.push(resolve)));
  await new Promise((resolve, reject) => {
    client.once('connect', resolve);
    client.once('error', reject);
  });
  return client;
}

function stays(clientId, options = {}) {
  return connect(clientId, { clean: false, ...(isV5 ? { properties: { sessionExpiryInterval: 60 } } : {}), ...options });
}

async function grantedQos(client, filter, qos) {
  const [granted] = await client.subscribeAsync(filter, { qos });
  return granted.qos;
}

const scenarios = {
  async everyQos() {
    const client = await connect('js');
    for (const qos of [0, 1, 2]) {
      assert.strictEqual(await grantedQos(client, `a${qos}/+`, qos), qos);
      for (let i = 0; i < 20; ++i) await client.publishAsync(`a${qos}/b`, `${i}`, { qos });
      for (let i = 0; i < 20; ++i) {
        const message = await client.receive();
        assert.deepStrictEqual([message.topic, message.payload, message.qos], [`a${qos}/b`, `${i}`, qos]);
      }
    }
    await client.endAsync();
  },

  async will() {
    const observer = await connect('js-observer');
    await observer.subscribeAsync('status', { qos: 1 });
    const client = await connect('js', { will: { topic: 'status', payload: Buffer.from('gone'), qos: 1, retain: false } });
    client.stream.destroy();
    assert.strictEqual((await observer.receive()).payload, 'gone');
    await observer.endAsync();
  },

  async session() {
    const before = await stays('js-away');
    await before.subscribeAsync('b', { qos: 2 });
    await before.endAsync();
    const publisher = await connect('js');
    await publisher.publishAsync('b', 'one', { qos: 1 });
    await publisher.publishAsync('b', 'two', { qos: 2 });
    const after = await stays('js-away');
    const first = await after.receive();
    const second = await after.receive();
    assert.deepStrictEqual([first.payload, first.qos, second.payload, second.qos], ['one', 1, 'two', 2]);
    await publisher.endAsync();
    await after.endAsync();
    const last = await connect('js-away');
    await last.endAsync();
  },

  async retained() {
    const client = await connect('js');
    await client.publishAsync('kept', 'value', { qos: 1, retain: true });
    await client.subscribeAsync('kept', { qos: 1 });
    const message = await client.receive();
    assert.deepStrictEqual([message.payload, message.retain], ['value', true]);
    await client.publishAsync('kept', '', { qos: 1, retain: true });
    await client.endAsync();
  },

  async request() {
    const answering = await connect('js-answering');
    await answering.subscribeAsync('requests', { qos: 1, properties: { subscriptionIdentifier: 7 } });
    const asking = await connect('js-asking');
    await asking.subscribeAsync('answers', { qos: 1 });
    const properties = {
      responseTopic: 'answers',
      correlationData: Buffer.from([0, 1, 255]),
      contentType: 'text/plain',
      payloadFormatIndicator: true,
      messageExpiryInterval: 60,
      userProperties: { b: ['1', '3'], a: '2' },
    };
    await asking.publishAsync('requests', '?', { qos: 1, properties });
    const got = (await answering.receive()).properties;
    assert.strictEqual(got.responseTopic, 'answers');
    assert.strictEqual(got.contentType, 'text/plain');
    assert.strictEqual(got.payloadFormatIndicator, true);
    assert.ok(got.messageExpiryInterval <= 60 && got.messageExpiryInterval > 40);
    assert.deepStrictEqual({ ...got.userProperties }, { b: ['1', '3'], a: '2' });
    assert.strictEqual(got.subscriptionIdentifier, 7);
    await answering.publishAsync(got.responseTopic, '!', { qos: 1, properties: { correlationData: got.correlationData } });
    const answer = await asking.receive();
    assert.strictEqual(answer.payload, '!');
    assert.deepStrictEqual([...answer.properties.correlationData], [0, 1, 255]);
    await Promise.all([answering.endAsync(), asking.endAsync()]);
  },

  async aliases() {
    const receiver = await connect('js-receiver', { properties: { topicAliasMaximum: 5 } });
    await receiver.subscribeAsync('some/longer/topic', { qos: 0 });
    const sender = await connect('js-sender', { autoAssignTopicAlias: true, autoUseTopicAlias: true });
    for (let i = 0; i < 5; ++i) {
      await sender.publishAsync('some/longer/topic', `${i}`, { qos: 0 });
      const message = await receiver.receive();
      assert.deepStrictEqual([message.topic, message.payload], ['some/longer/topic', `${i}`]);
    }
    await Promise.all([receiver.endAsync(), sender.endAsync()]);
  },

  async shared() {
    const members = await Promise.all([connect('js-1'), connect('js-2')]);
    for (const member of members) await member.subscribeAsync('$share/group/work', { qos: 1 });
    const publisher = await connect('js');
    for (let i = 0; i < 10; ++i) await publisher.publishAsync('work', `${i}`, { qos: 1 });
    const seen = new Set();
    for (const member of members) for (let i = 0; i < 5; ++i) seen.add((await member.receive()).payload);
    assert.strictEqual(seen.size, 10);
    await Promise.all([...members, publisher].map((client) => client.endAsync()));
  },

  async refused() {
    await assert.rejects(connect('js', { password: 'wrong' }), (error) => error.code === (isV5 ? 134 : 4));
  },
};

const tooLate = setTimeout(() => {
  console.error(`${scenario}: not done after ${PATIENCE_MS} ms`);
  process.exit(2);
}, PATIENCE_MS);

scenarios[scenario]().then(
  () => {
    clearTimeout(tooLate);
    process.exit(0);
  },
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
