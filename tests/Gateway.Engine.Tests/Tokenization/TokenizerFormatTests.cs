using System.Text;
using Gateway.Engine.Tokenization;
using Xunit;

namespace Gateway.Engine.Tests.Tokenization;

public sealed class TokenizerFormatTests
{
    [Theory]
    [InlineData("")]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"model\": null}")]
    [InlineData("{\"model\": 7}")]
    [InlineData("{\"model\": {\"vocab\": {\"\\ud800\": 0}, \"merges\": []}}")]
    public void Parse_NoTokenizer_NamesTheFile(string json)
    {
        var error = Assert.Throws<TokenizerFormatException>(() => Tokenizer.Parse(Encoding.UTF8.GetBytes(json), "broken.json"));
        Assert.Equal("broken.json", error.File);
        Assert.StartsWith("broken.json: $", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_DeepNesting_Throws() =>
        Assert.Throws<TokenizerFormatException>(() => Tokenizer.Parse(Encoding.UTF8.GetBytes(new string('[', 100_000)), "deep.json"));

    [Fact]
    public void Load_MissingFile_Throws() =>
        Assert.Throws<TokenizerFormatException>(() => Tokenizer.Load(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString(), "tokenizer.json")));

    [Theory]
    [InlineData("pre_tokenizer", """{"type": "Whitespace"}""", "$.pre_tokenizer")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "Digits"}, {"type": "Metaspace"}]}""", "$.pre_tokenizer.pretokenizers[1]")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "Digits"}]}""", "$.pre_tokenizer.pretokenizers[1]")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated"}""", "$.pre_tokenizer.pattern.Regex")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "(?<=a)b"}, "behavior": "Isolated"}""", "$.pre_tokenizer.pattern.Regex")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated"}""", "$.pre_tokenizer.pattern.String")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"String": "a"}, "behavior": "Sideways"}""", "$.pre_tokenizer.behavior")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"String": "a"}}""", "$.pre_tokenizer")]
    [InlineData("normalizer", """{"type": "Nmt"}""", "$.normalizer")]
    [InlineData("normalizer", """{"type": "Sequence", "normalizers": [{"type": "Precompiled"}]}""", "$.normalizer.normalizers[0]")]
    [InlineData("decoder", """{"type": "WordPiece"}""", "$.decoder")]
    [InlineData("decoder", """{"type": "Sequence", "decoders": [{"type": "Fuse"}, {"type": "ByteFallback"}]}""", "$.decoder.decoders[1]")]
    [InlineData("decoder", "null", "$")]
    [InlineData("post_processor", """{"type": "BertProcessing"}""", "$.post_processor")]
    [InlineData("post_processor", """{"type": "TemplateProcessing", "single": [], "special_tokens": {}}""", "$.post_processor")]
    [InlineData("post_processor", """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "S"}}], "special_tokens": {"S": {"ids": [99]}}}""", "$.post_processor.special_tokens.S.ids[0]")]
    [InlineData("added_tokens", """[{"id": -1, "content": "x"}]""", "$.added_tokens[0].id")]
    [InlineData("added_tokens", """[{"id": 2147483647, "content": "x"}]""", "$.added_tokens[0].id")]
    [InlineData("added_tokens", """[{"id": 1e30, "content": "x"}]""", "$.added_tokens[0].id")]
    [InlineData("added_tokens", """[{"id": 0, "content": "x"}]""", "$.added_tokens[0]")]
    [InlineData("added_tokens", """[{"id": 9, "content": "a"}]""", "$.added_tokens[0]")]
    [InlineData("added_tokens", """[{"id": 9, "content": "x"}, {"id": 10, "content": "x"}]""", "$.added_tokens[1]")]
    [InlineData("added_tokens", """[{"id": 9, "content": "x"}, {"id": 9, "content": "y"}]""", "$.added_tokens[1]")]
    [InlineData("added_tokens", """[{"id": 9, "content": ""}]""", "$.added_tokens[0]")]
    [InlineData("added_tokens", """[{"id": 9, "content": "x", "lstrip": "yes"}]""", "$.added_tokens[0].lstrip")]
    public void Parse_DamagedPart_NamesThePlace(string part, string json, string path)
    {
        var error = Assert.Throws<TokenizerFormatException>(() => new TokenizerBuilder("a", "b", "ab").With(part, json).Build());
        Assert.Equal(path, error.JsonPath);
    }

    [Theory]
    [InlineData("type", "\"Unigram\"", "$.model")]
    [InlineData("dropout", "0.1", "$.model.dropout")]
    [InlineData("end_of_word_suffix", "\"</w>\"", "$.model")]
    [InlineData("unk_token", "\"?\"", "$.model.unk_token")]
    [InlineData("merges", "[\"a b\", \"a z\"]", "$.model.merges[1]")]
    [InlineData("merges", "[[\"b\", \"a\"]]", "$.model.merges[0]")]
    [InlineData("merges", "[\"a\"]", "$.model.merges[0]")]
    [InlineData("merges", "[[\"a\", \"b\", \"c\"]]", "$.model.merges[0]")]
    [InlineData("merges", "[7]", "$.model.merges[0]")]
    [InlineData("merges", "{}", "$.model.merges")]
    [InlineData("vocab", "{}", "$.model.vocab")]
    [InlineData("vocab", "{\"a\": 0, \"b\": 0}", "$.model.vocab['b']")]
    [InlineData("vocab", "{\"a\": -1}", "$.model.vocab['a']")]
    [InlineData("vocab", "{\"a\": 4000000}", "$.model.vocab['a']")]
    [InlineData("vocab", "{\"a\": \"0\"}", "$.model.vocab['a']")]
    public void Parse_DamagedModel_NamesThePlace(string part, string json, string path)
    {
        var error = Assert.Throws<TokenizerFormatException>(() => new TokenizerBuilder("a", "b", "ab").WithModel(part, json).Build());
        Assert.Equal(path, error.JsonPath);
    }

    [Fact]
    public void Parse_TokenListedTwice_Throws() =>
        Assert.Throws<TokenizerFormatException>(() => Tokenizer.Parse("""{"model": {"vocab": {"a": 0, "a": 1}, "merges": []}}"""u8.ToArray(), "twice.json"));

    [Theory]
    [InlineData("""{"bos_token": "<s>", "eos_token": {"__type": "AddedToken", "content": "</s>"}, "pad_token": null, "add_bos_token": true}""")]
    public void Parse_Config_ReadsTokensInBothForms(string json)
    {
        var config = TokenizerConfig.Parse(Encoding.UTF8.GetBytes(json), "tokenizer_config.json");
        Assert.Equal(new TokenizerConfig { BosToken = "<s>", EosToken = "</s>", AddBosToken = true }, config);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"bos_token": 7}""")]
    [InlineData("""{"bos_token": {}}""")]
    [InlineData("""{"add_bos_token": "yes"}""")]
    public void Parse_DamagedConfig_Throws(string json) =>
        Assert.Throws<TokenizerFormatException>(() => TokenizerConfig.Parse(Encoding.UTF8.GetBytes(json), "tokenizer_config.json"));

    [Fact]
    public void Load_ConfigAsksForBos_AddsItWhereNoTemplateDoes()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var path = Path.Combine(folder.FullName, "tokenizer.json");
            File.WriteAllText(path, new TokenizerBuilder("a", "b", "ab").Adding(3, "<s>", "special").Json.ToJsonString());
            File.WriteAllText(Path.Combine(folder.FullName, "tokenizer_config.json"), """{"bos_token": "<s>", "add_bos_token": true, "eos_token": "b", "add_eos_token": true}""");
            Assert.Equal([3, 0, 1], Tokenizer.Load(path).Encode("a", AddedTokens.Plain, addSpecialTokens: true));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
