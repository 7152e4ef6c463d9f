import { afterAll, beforeAll } from "vitest";
import { sessionCookieName } from "../../../src/ports/session-cookie.ts";
import { connectApi, type Api, type Person } from "../../support/api-client.ts";
import { projectClient } from "../../support/client-folder.ts";
import { startTestNode, type TestNode, type TestNodeOptions } from "../../support/node.ts";
import { startBrowser, type Device, type DeviceOptions, type TestBrowser } from "./browser.ts";

/** A node that serves the web client, and a browser: there for all tests of a file. */
export interface Site {
  readonly node: TestNode;
  readonly url: string;
  /** For what a test sets up without the page. */
  readonly api: Api;
  readonly browser: TestBrowser;
  /** A device on which nobody is signed in. */
  visitor(options?: SiteDeviceOptions): Promise<Device>;
  /** A device on which this person is signed in. */
  deviceOf(person: Person, options?: SiteDeviceOptions): Promise<Device>;
}

export type SiteDeviceOptions = Omit<DeviceOptions, "url">;

export function startedSite(options: TestNodeOptions = {}): Site {
  let node: TestNode | undefined;
  let api: Api | undefined;
  let browser: TestBrowser | undefined;
  beforeAll(async () => {
    node = await startTestNode({ clientFolder: projectClient, ...options });
    api = await connectApi(node.url);
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    api?.close();
    await node?.stop();
  });
  const site: Site = {
    get node() {
      return node!;
    },
    get url() {
      return node!.url;
    },
    get api() {
      return api!;
    },
    get browser() {
      return browser!;
    },
    visitor: (device = {}) => site.browser.openDevice({ ...device, url: site.url }),
    async deviceOf(person, device = {}) {
      const opened = await site.visitor(device);
      await signIn(opened, site.url, person);
      return opened;
    },
  };
  return site;
}

/** Puts a session of the person into the device, as signing in there would. */
export async function signIn({ context }: Device, url: string, person: Person): Promise<void> {
  await context.addCookies([
    { name: sessionCookieName, value: person.token, url, httpOnly: true, sameSite: "Lax" },
  ]);
}
