import { describe, expect, it } from "vitest";
import { parseBlobUrl } from "./blob-url.ts";

const secret = "wJalrXUtnFEMI";

const plain = {
  kind: "s3",
  bucket: "maru",
  prefix: null,
  endpoint: null,
  region: null,
  pathStyle: false,
  credentials: null,
};

describe("the address of blobs", () => {
  it.each([
    ["file:///var/lib/maru/blobs", "/var/lib/maru/blobs"],
    ["file://localhost/srv/blobs/", "/srv/blobs/"],
    ["FILE:///srv/with%20space%20%25", "/srv/with space %"],
    ["file:///srv/a/../b", "/srv/b"],
  ])("%s is a folder", (text, folder) => {
    expect(parseBlobUrl(text)).toEqual({ kind: "folder", folder });
  });

  it.each([
    ["s3:///maru", plain],
    ["s3:///maru?region=eu-west-1", { ...plain, region: "eu-west-1" }],
    [
      `s3://AKIA:${secret}@/maru/photos?region=eu-west-1`,
      {
        ...plain,
        prefix: "photos",
        region: "eu-west-1",
        credentials: { accessKeyId: "AKIA", secretAccessKey: secret },
      },
    ],
    [
      "s3://s3.eu-central-1.amazonaws.com/maru/",
      { ...plain, endpoint: "https://s3.eu-central-1.amazonaws.com", region: "eu-central-1" },
    ],
    [
      "s3://key:s%2Fe%3Ac%40r%25e%3Ft%23@10.0.0.5:9000/maru/a/b.c?tls=false",
      {
        ...plain,
        prefix: "a/b.c",
        endpoint: "http://10.0.0.5:9000",
        region: "us-east-1",
        pathStyle: true,
        credentials: { accessKeyId: "key", secretAccessKey: "s/e:c@r%e?t#" },
      },
    ],
    [
      "s3://key:a+b=@c@[::1]:9000/maru?region=garage&pathStyle=false",
      {
        ...plain,
        endpoint: "https://[::1]:9000",
        region: "garage",
        credentials: { accessKeyId: "key", secretAccessKey: "a+b=@c" },
      },
    ],
    [
      "s3://key:secret@minio:443/maru",
      {
        ...plain,
        endpoint: "https://minio",
        region: "us-east-1",
        pathStyle: true,
        credentials: { accessKeyId: "key", secretAccessKey: "secret" },
      },
    ],
  ])("%s is a bucket", (text, expected) => {
    expect(parseBlobUrl(text)).toEqual(expected);
  });

  it.each([
    ["", "begins with file:// for a folder, or s3://"],
    ["/var/lib/maru", "begins with file:// for a folder, or s3://"],
    [`https://key:${secret}@s3.example.com/maru`, "begins with file:// for a folder, or s3://"],
    ["file://var/lib", "an absolute path, after three slashes"],
    ["file:var", "an absolute path, after three slashes"],
    ["file://./blobs", "an absolute path, after three slashes"],
    ["file:///", "the whole disk"],
    ["file:////", "the whole disk"],
    ["file:///a%2Fb", "no name holds a slash"],
    ["file:///a%00b", "no name holds a slash"],
    ["file:///a%zz", "a % is written %25"],
    ["file:///srv/blobs?mode=1", "without ? and #"],
    ["s3:maru", "A bucket is written s3://"],
    [`s3://AKIA:ab/${secret}@s3.example.com/maru`, "a / in them is written %2F"],
    [`s3://AKIA:ab?${secret}@s3.example.com/maru`, "a / in them is written %2F, a ? %3F"],
    [`s3://AKIA:ab#${secret}@s3.example.com/maru`, "a / in them is written %2F, a ? %3F, a # %23"],
    [`s3://AKIA:%${secret}@s3.example.com/maru`, "a % in them is written %25"],
    [`s3://AKIA:a:${secret}@s3.example.com/maru`, "a : in them is written %3A"],
    [`s3://${secret}@s3.example.com/maru`, "a key and a secret, with one : between them"],
    [`s3://:${secret}@s3.example.com/maru`, "a key and a secret, with one : between them"],
    [`s3://AKIA:${secret}/maru`, "After the @ stands a host"],
    ["s3://s3.example.com:65536/maru", "After the @ stands a host"],
    ["s3://s3.example.com:0/maru", "After the @ stands a host"],
    ["s3://my bucket/maru", "After the @ stands a host"],
    ["s3://my-bucket", "names no bucket: s3://KEY:SECRET@HOST/BUCKET, or s3:///BUCKET"],
    ["s3://s3.example.com/?region=a", "names no bucket"],
    ["s3:///My_Bucket", "The bucket's name is made of"],
    ["s3:///ab", "The bucket's name is made of"],
    ["s3:///maru/a//b", "What stands behind the bucket"],
    ["s3:///maru/../b", "What stands behind the bucket"],
    [`s3:///maru/${"p".repeat(201)}`, "What stands behind the bucket"],
    ["s3:///maru?tls=false", "tls=false goes with a host"],
    ["s3://h/maru?tls=no", "Its parameter tls is true or false"],
    ["s3://h/maru?pathStyle=", "Its parameter pathStyle is true or false"],
    ["s3://h/maru?tls=true&tls=true", "Its parameter tls stands there twice"],
    ["s3://h/maru?region=", "Its region is a name"],
    [`s3://h/maru?secret=${secret}`, "Its parameters are region, tls, pathStyle, and no others"],
    ["s3://h/maru#part", "no part after a #"],
  ])("%s is refused: %s", (text, reason) => {
    const fault = parseBlobUrl(text);
    expect(fault).toEqual({ kind: "fault", sentence: expect.stringContaining(reason) });
    expect(JSON.stringify(fault)).not.toContain(secret);
  });
});
