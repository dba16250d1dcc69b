import { expect, test } from 'vitest';
import { channelEnvironment } from './channel-config.ts';
import { ConfigError, readConfig } from './config.ts';

test('a wrong channel variable is named, its value is not', () => {
  const wrong = {
    SLACK_WEBHOOK_URL: 'secret-path',
    SMTP_URL: 'https://user:secret@x',
    RECEIVING_EMAIL: 'secret',
  };
  const read = () => readConfig(wrong);
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/SLACK_WEBHOOK_URL must look like https:\/\/hooks\.slack\.com/);
  expect(read).toThrow(/SMTP_URL must look like smtps/);
  expect(read).toThrow(/RECEIVING_EMAIL must be an e-mail address/);
  expect(read).not.toThrow(/secret/);
});

test('the environment’s channels, with empty lines as unset', () => {
  const config = readConfig({
    ...{
      TELEGRAM_BOT_TOKEN: '1:a',
      TELEGRAM_CHAT_ID: '',
      RECEIVING_EMAIL: 'a@example.com, B <b@example.com>',
    },
    TELEGRAM_API_BASE: 'http://127.0.0.1:9/',
  });
  const given = Object.entries(channelEnvironment(config)).filter(([, value]) => value !== undefined);
  expect(Object.fromEntries(given)).toEqual({
    telegramBotToken: '1:a',
    receivingEmail: 'a@example.com, B <b@example.com>',
    telegramApiBase: 'http://127.0.0.1:9',
  });
});

test('inner addresses may be called on an installation of one’s own, unless told otherwise', () => {
  const secrets = { ADMIN_TOKEN: 'x'.repeat(32), KEY_PEPPER: 'y'.repeat(16) };
  const shared = { DATABASE_URL: 'postgres://db/x', ...secrets };
  const allowed = (env: NodeJS.ProcessEnv) => readConfig(env).allowPrivateAddresses;
  expect([allowed({}), allowed({ ALLOW_PRIVATE_ADDRESSES: 'false' })]).toEqual([true, false]);
  expect([allowed(shared), allowed({ ...shared, ALLOW_PRIVATE_ADDRESSES: '1' })]).toEqual([false, true]);
});
