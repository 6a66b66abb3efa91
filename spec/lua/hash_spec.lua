-- SPDX-License-Identifier: MIT
local base64 = require "couplet.base64"
local hash = require "couplet.hash"

describe("couplet.hash", function()
    it("knows the digests of the standards", function() -- FIPS 180-4, FIPS 202
        assert.equal("a9993e364706816aba3e25717850c26c9cd0d89d", hash.sha1("abc", true))
        assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", hash.sha256("abc", true))
        assert.equal("3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532", hash.sha3_256("abc", true))
        assert.equal("ba80a53f981c4d0d", hash.of("blake2b-512", "abc", true):sub(1, 16))
        assert.equal(20, #hash.sha1 "abc")
        assert.equal("da39a3ee5e6b4b0d3255bfef95601890afd80709", hash.of("sha-1", "", true))
        assert.is_nil(hash.of("sha-2", "abc"))
        assert.is_nil(hash.of("", "abc", true))
    end)

    it("makes codes with a key", function() -- RFC 4231 4.3
        assert.equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            hash.hmac("sha-256", "Jefe", "what do ya want for nothing?", true))
        assert.is_nil(hash.hmac("none", "k", "v"))
    end)

    it("reads and writes hex", function()
        assert.equal("00ff10", hash.hex "\0\255\16")
        assert.equal("\0\255\16", hash.unhex "00Ff10")
        for _, text in ipairs { "0", "0g", " 0", "0x" } do assert.is_nil(hash.unhex(text)) end
    end)

    it("compares", function()
        assert.is_true(hash.equals("", ""))
        assert.is_true(hash.equals("abc", "abc"))
        assert.is_false(hash.equals("abc", "abd"))
        assert.is_false(hash.equals("abc", "ab"))
    end)
end)

describe("couplet.base64", function()
    it("goes there and back", function()
        for _, bytes in ipairs { "", "a", "ab", "abc", "\0\255\n", ("x"):rep(10000) } do
            assert.equal(bytes, base64.decode(base64.encode(bytes)))
        end
        assert.equal("Zm9vYg==", base64.encode "foob") -- RFC 4648 10
        assert.equal("foob", base64.decode " Zm9v\n\tYg== ")
    end)

    it("refuses what is none", function()
        for _, text in ipairs { "Zg", "Zg=", "Z===", "Zm9v-", "Zg==Zg==", "Zm9\0v", "=" } do
            assert.is_nil(base64.decode(text), text)
        end
    end)
end)
