using System.Text.Json;
using Gateway.Engine.Tokenization;
using Xunit;

namespace Gateway.Engine.Tests.Tokenization;

public sealed class TokenizerGoldenTests
{
    [Theory]
    [MemberData(nameof(TokenizerGoldens.Theory), MemberType = typeof(TokenizerGoldens))]
    public void Encode_GoldenTexts_GivesReferenceIds(string root, string name) => Compare(root, name, "ids", AddedTokens.Recognize);

    [Theory]
    [MemberData(nameof(TokenizerGoldens.Theory), MemberType = typeof(TokenizerGoldens))]
    public void Encode_GoldenTextsWithoutAddedTokens_GivesReferenceIds(string root, string name) => Compare(root, name, "ids_plain", AddedTokens.Plain);

    [Fact]
    public void Decode_GoldenIds_GivesReferenceTextAndPieces()
    {
        List<string> failures = [];
        var count = 0;
        foreach (var (root, name) in TokenizerGoldens.All())
        {
            var tokenizer = TokenizerGoldens.Get(root, name);
            var cases = TokenizerGoldens.Read(Path.Combine(root, "tokenizers", "decode.json")).GetProperty("cases").EnumerateArray();
            foreach (var item in cases.Where(c => c.GetProperty("tokenizer").GetString() == name))
            {
                count++;
                var ids = Ids(item.GetProperty("ids"));
                var skip = item.GetProperty("skip_special_tokens").GetBoolean();
                var text = item.GetProperty("text").GetString()!;
                var decoder = tokenizer.CreateStreamingDecoder(skip);
                string[] pieces = [.. ids.Select(decoder.Next)];
                var flush = decoder.Flush();
                if (tokenizer.Decode(ids, skip) != text || string.Concat(pieces) + flush != text)
                {
                    failures.Add($"{name} [{string.Join(' ', ids)}]: {text}");
                }

                string[] expected = [.. item.GetProperty("pieces").EnumerateArray().Select(piece => piece.GetString()!)];
                if (item.GetProperty("well_formed").GetBoolean() && (!pieces.SequenceEqual(expected) || flush != item.GetProperty("flush").GetString()))
                {
                    failures.Add($"{name} pieces: {string.Join('|', pieces)} is not {string.Join('|', expected)}");
                }
            }
        }

        Assert.NotEqual(0, count);
        Assert.Empty(failures);
    }

    private static void Compare(string root, string name, string property, AddedTokens addedTokens)
    {
        var document = TokenizerGoldens.Read(Path.Combine(root, "tokenizers", "cases.json"));
        var entry = document.GetProperty("tokenizers").GetProperty(name);
        var tokenizer = TokenizerGoldens.Get(root, name);
        var texts = document.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!);
        var expected = entry.GetProperty(property).EnumerateArray().Select(Ids);
        List<string> failures = [];
        foreach (var (text, ids) in texts.Zip(expected))
        {
            var actual = tokenizer.Encode(text, addedTokens);
            if (!actual.SequenceEqual(ids))
            {
                failures.Add($"{JsonSerializer.Serialize(text)}: {string.Join(' ', actual)} is not {string.Join(' ', ids)}");
            }
        }

        Assert.Empty(failures);
    }

    private static int[] Ids(JsonElement list) => [.. list.EnumerateArray().Select(id => id.GetInt32())];
}
