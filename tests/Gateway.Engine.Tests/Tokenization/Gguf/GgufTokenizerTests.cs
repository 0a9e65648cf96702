using System.IO.Compression;
using System.Text.Json;
using Gateway.Engine.Tests.Weights.Gguf;
using Gateway.Engine.Tokenization;
using Gateway.Engine.Tokenization.Gguf;
using Gateway.Engine.Weights.Gguf;
using Xunit;

namespace Gateway.Engine.Tests.Tokenization.Gguf;

public sealed class GgufTokenizerTests
{
    public static TheoryData<string, string> Vocabularies =>
    [
        .. from cases in Goldens.Files("tokenizers/cases.json")
           from entry in TokenizerGoldens.Read(cases).GetProperty("tokenizers").EnumerateObject()
           where entry.Value.GetProperty("file").GetString()!.EndsWith(".gguf.gz", StringComparison.Ordinal)
           select (cases, entry.Name),
    ];

    public static TheoryData<string> Models => [.. GgufGoldens.Files().Where(file => file.EndsWith("Q8_0.gguf", StringComparison.Ordinal))];

    [Theory(SkipTestWithoutData = true)]
    [MemberData(nameof(Vocabularies))]
    public void Encode_GoldenTexts_GivesReferenceIds(string cases, string name)
    {
        var document = TokenizerGoldens.Read(cases);
        var entry = document.GetProperty("tokenizers").GetProperty(name);
        var tokenizer = LoadZipped(Path.GetFullPath(Path.Combine(cases, "..", "..", entry.GetProperty("file").GetString()!)));
        string[] texts = [.. document.GetProperty("texts").EnumerateArray().Select(text => text.GetString()!)];
        List<string> failures = [];
        for (var i = 0; i < texts.Length; i++)
        {
            // Where llama.cpp and the published tokenizer differ, the latter is right.
            var disputed = entry.TryGetProperty("disputed", out var list) && list.TryGetProperty($"{i}", out var right) ? right : (JsonElement?)null;
            Compare(AddedTokens.Recognize, texts[i], disputed ?? entry.GetProperty("ids")[i]);

            // llama.cpp still recognises user-defined tokens in plain text; here no added token is.
            if (disputed is null && !tokenizer.AddedTokenList.Any(token => !token.IsSpecial && texts[i].Contains(token.Content, StringComparison.Ordinal)))
            {
                Compare(AddedTokens.Plain, texts[i], entry.GetProperty("ids_plain")[i]);
            }
        }

        Assert.Empty(failures);

        void Compare(AddedTokens added, string text, JsonElement expected)
        {
            var ids = tokenizer.Encode(text, added);
            if (!ids.SequenceEqual(expected.EnumerateArray().Select(id => id.GetInt32())))
            {
                failures.Add($"{added} {JsonSerializer.Serialize(text)}: {string.Join(' ', ids)} is not {expected.GetRawText()}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Read_GoldenModel_IsTheTokenizerOfItsFolder(string file)
    {
        using var gguf = GgufFile.Open(file);
        var tokenizer = GgufTokenizer.Read(gguf.Metadata);
        var original = Tokenizer.Load(Path.Combine(GgufGoldens.ModelFolder(file), "tokenizer.json"));
        foreach (var text in TokenizerGoldens.Read(Goldens.Files("tokenizers/cases.json").Last()).GetProperty("texts").EnumerateArray().Select(text => text.GetString()!))
        {
            Assert.Equal(original.Encode(text, AddedTokens.Recognize, addSpecialTokens: true), tokenizer.Encode(text, AddedTokens.Recognize, addSpecialTokens: true));
            var ids = original.Encode(text, AddedTokens.Plain);
            Assert.Equal(ids, tokenizer.Encode(text, AddedTokens.Plain));
            Assert.Equal(original.Decode(ids, skipSpecialTokens: true), tokenizer.Decode(ids, skipSpecialTokens: true));
        }

        // Which of them are special the converter decides for itself.
        Assert.Equal(original.AddedTokenList.Select(token => (token.Id, token.Content)), tokenizer.AddedTokenList.Select(token => (token.Id, token.Content)));
        Assert.Equal(original.Config.BosToken, tokenizer.Config.BosToken);
        Assert.Equal(original.Config.EosToken, tokenizer.Config.EosToken);
    }

    [Theory]
    [InlineData("tokenizer.ggml.model", "llama", "gpt2")]
    [InlineData("tokenizer.ggml.pre", "falcon", "deepseek-v3")]
    [InlineData("tokenizer.ggml.tokens", null, "is missing")]
    [InlineData("tokenizer.ggml.merges", null, "is missing")]
    [InlineData("tokenizer.ggml.tokens", new[] { "a", "a" }, "[1]")]
    [InlineData("tokenizer.ggml.tokens", new[] { "a", "" }, "[1]")]
    [InlineData("tokenizer.ggml.tokens", new string[0], "no token")]
    [InlineData("tokenizer.ggml.merges", new[] { "a b", "b a" }, "[1]")]
    [InlineData("tokenizer.ggml.merges", new[] { "" }, "[0]")]
    [InlineData("tokenizer.ggml.bos_token_id", 3UL, "ends at 2")]
    [InlineData("tokenizer.ggml.token_type", new[] { 1L }, "1 types")]
    public void Read_UnusableMetadata_NamesTheKey(string key, object? value, string problem)
    {
        Dictionary<string, object> values = new()
        {
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.pre"] = "deepseek-v3",
            ["tokenizer.ggml.tokens"] = new[] { "a", "b", "ab" },
            ["tokenizer.ggml.merges"] = new[] { "a b" },
        };
        Assert.Equal([2], GgufTokenizer.Read(new GgufMetadata("file", values)).Encode("ab", AddedTokens.Plain));
        values.Remove(key);
        if (value is not null)
        {
            values.Add(key, value);
        }

        var exception = Assert.Throws<TokenizerFormatException>(() => GgufTokenizer.Read(new GgufMetadata("file", values)));
        Assert.Equal(key == "tokenizer.ggml.token_type" ? "tokenizer.ggml.tokens" : key, exception.JsonPath);
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    private static Tokenizer LoadZipped(string path)
    {
        var plain = Path.GetTempFileName();
        try
        {
            using (var zipped = new GZipStream(File.OpenRead(path), CompressionMode.Decompress))
            using (var target = File.Create(plain))
            {
                zipped.CopyTo(target);
            }

            using var file = GgufFile.Open(plain);
            return GgufTokenizer.Read(file.Metadata);
        }
        finally
        {
            File.Delete(plain);
        }
    }
}
