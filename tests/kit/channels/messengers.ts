import { createHmac } from 'node:crypto';
import { type Call, FaultyServer, type Reply } from './faulty-server.ts';

/** Slack's incoming webhooks: plain text answers, the address is the secret. */
export class FakeSlack extends FaultyServer {
  readonly path = '/services/T0SECRET/B0SECRET/slackSecretTail';
  readonly texts: string[] = [];
  get webhookUrl(): string {
    return `${this.url}${this.path}`;
  }

  protected answer({ method, path, json, headers }: Call): Reply {
    if (path !== this.path) return { status: 404, body: 'no_service' };
    if (method !== 'POST' || !headers['content-type']?.startsWith('application/json')) {
      return { status: 400, body: 'invalid_payload' };
    }
    const { text } = json;
    if (typeof text !== 'string' || text === '') return { status: 400, body: 'no_text' };
    if (text.length > 40_000) return { status: 400, body: 'msg_too_long' };
    this.texts.push(text);
    return { status: 200, body: 'ok' };
  }
}

/** Telegram's bot API: the token is part of the path. */
export class FakeTelegram extends FaultyServer {
  readonly token = '123456789:AAtelegramSecretTokenOfTheBot';
  readonly chats = ['-1001', '42'];
  readonly messages: { chat: string; text: string }[] = [];

  protected answer({ method, path, json }: Call): Reply {
    const refuse = (status: number, description: string): Reply => ({
      status,
      body: { ok: false, error_code: status, description },
    });
    if (path !== `/bot${this.token}/sendMessage`) return refuse(401, 'Unauthorized');
    if (method !== 'POST') return refuse(400, 'Bad Request: method');
    const { chat_id: chat, text, parse_mode: mode } = json;
    if (mode !== undefined) return refuse(400, "Bad Request: can't parse entities");
    if (typeof chat !== 'string' || !this.chats.includes(chat))
      return refuse(400, 'Bad Request: chat not found');
    if (typeof text !== 'string' || text.trim() === '')
      return refuse(400, 'Bad Request: message text is empty');
    if (text.length > 4_096) return refuse(400, 'Bad Request: message is too long');
    this.messages.push({ chat, text });
    return { status: 200, body: { ok: true, result: { message_id: this.messages.length } } };
  }
}

/** Resend's e-mail API, idempotent by key. */
export class FakeResend extends FaultyServer {
  readonly apiKey = 're_resendSecretKey0001';
  readonly mails = new Map<string, Record<string, unknown>>();

  protected answer({ method, path, json, headers }: Call): Reply {
    const refuse = (statusCode: number, name: string): Reply => ({
      status: statusCode,
      body: { statusCode, name, message: `refused for ${this.apiKey}` },
    });
    if (headers.authorization !== `Bearer ${this.apiKey}`) return refuse(401, 'invalid_api_key');
    if (method !== 'POST' || path !== '/emails') return refuse(404, 'not_found');
    const { from, to, subject, text } = json;
    const isWhole =
      typeof from === 'string' && Array.isArray(to) && to.length > 0 && typeof text === 'string';
    if (!isWhole || typeof subject !== 'string') return refuse(422, 'missing_required_field');
    if (/[\r\n]/.test(subject) || [...subject].length > 120) return refuse(422, 'validation_error');
    const key = String(headers['idempotency-key'] ?? '');
    if (key === '' || key.length > 256) return refuse(400, 'invalid_idempotency_key');
    this.mails.set(key, json);
    return { status: 200, body: { id: `mail-${this.mails.size}` } };
  }
}

/** WhatsApp's Cloud API, and the webhooks that it sends. */
export class FakeWhatsapp extends FaultyServer {
  readonly token = 'EAAwhatsappSecretToken0001';
  readonly appSecret = 'whatsapp-app-secret-0001';
  readonly verifyToken = 'whatsapp-verify-0001';
  readonly phoneNumberId = '106540352242922';
  readonly messages: Record<string, unknown>[] = [];

  protected answer({ method, path, json, headers }: Call): Reply {
    const refuse = (status: number, code: number): Reply => ({
      status,
      body: {
        error: { message: `refused for ${this.token}`, type: 'OAuthException', code, fbtrace_id: 'A' },
      },
    });
    if (headers.authorization !== `Bearer ${this.token}`) return refuse(401, 190);
    if (method !== 'POST' || path !== `/${this.phoneNumberId}/messages`) return refuse(404, 100);
    const { messaging_product: product, to, type, text, template } = json as Record<string, unknown>;
    if (product !== 'whatsapp' || !/^\d{7,15}$/.test(String(to))) return refuse(400, 100);
    const isText = type === 'text' && typeof (text as { body?: unknown })?.body === 'string';
    const isTemplate = type === 'template' && typeof (template as { name?: unknown })?.name === 'string';
    if (!isText && !isTemplate) return refuse(400, 132_000);
    if (isTemplate && /\n|\t| {5}/.test(JSON.stringify(template))) return refuse(400, 132_000);
    this.messages.push(json);
    return {
      status: 200,
      body: { messaging_product: 'whatsapp', messages: [{ id: `wamid.${this.messages.length}` }] },
    };
  }

  /** A webhook as Meta sends it: the body and its signature. */
  webhook(value: object): { body: string; signature: string } {
    const body = JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [
        { id: '1', changes: [{ field: 'messages', value: { messaging_product: 'whatsapp', ...value } }] },
      ],
    });
    const mac = createHmac('sha256', this.appSecret).update(body).digest('hex');
    return { body, signature: `sha256=${mac}` };
  }
}

/** Somebody's receiver of our signed webhooks, as docs/alerts.md says to write one. */
export class WebhookReceiver extends FaultyServer {
  readonly secret = 'webhook-signing-secret-0001';
  /** By Idempotency-Key: a repetition is taken once. */
  readonly taken = new Map<string, Record<string, unknown>>();

  protected answer({ text, json, headers }: Call): Reply {
    const timestamp = String(headers['x-revenue-timestamp'] ?? '');
    const mac = createHmac('sha256', this.secret).update(`${timestamp}.${text}`).digest('hex');
    if (headers['x-revenue-signature'] !== `v1=${mac}`) return { status: 401, body: { error: 'signature' } };
    this.taken.set(String(headers['idempotency-key']), json);
    return { status: 200, body: { ok: true } };
  }
}
