using System.ClientModel;
using System.Runtime.InteropServices;
using System.Text.Json;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Testing;
using OpenAI;
using OpenAI.Embeddings;
using Xunit;
using static Gateway.IntegrationTests.LocalEngine.LocalGateway;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>Embeddings of the engine through the front door.</summary>
[Collection(typeof(LocalGatewayCollection))]
public sealed class EmbeddingTests(LocalGateway local)
{
    private const string Text = "What is a KV cache?";

    private int Size => local.Engine.Current!.Engine.Model.EmbeddingSize;

    [Fact]
    public async Task Embeddings_EveryFormOfInput_GivesTheSameVector()
    {
        var ids = local.Engine.Current!.EncodeText(Text);
        var one = (await local.Client.EmbedAsync(new { model = "auto", input = Text })).OkJson;
        Assert.Equal(["object", "data", "model", "usage"], Names(one));
        Assert.Equal(("list", "demo"), (one.GetProperty("object").GetString(), one.GetProperty("model").GetString()));
        var entry = Assert.Single(one.GetProperty("data").EnumerateArray());
        Assert.Equal(["object", "index", "embedding"], Names(entry));
        Assert.Equal(("embedding", 0), (entry.GetProperty("object").GetString(), entry.GetProperty("index").GetInt32()));
        Assert.Equal($$"""{"prompt_tokens":{{ids.Length}},"total_tokens":{{ids.Length}}}""", one.GetProperty("usage").GetRawText());
        var vector = Vectors(one).Single();
        Assert.Equal(Size, vector.Length);
        Assert.Equal(1, vector.Sum(value => (double)value * value), 1e-5);

        var forms = new object[] { new[] { Text }, ids, new[] { ids } };
        foreach (var form in forms)
        {
            Assert.Equal(vector, Vectors((await local.Client.EmbedAsync(new { model = "auto", input = form })).OkJson).Single());
        }

        var several = (await local.Client.EmbedAsync(new { model = "auto", input = new[] { "ping", Text, "pong" } })).OkJson;
        Assert.Equal([0, 1, 2], several.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("index").GetInt32()));
        Assert.Equal(vector, Vectors(several)[1]);
        Assert.NotEqual(vector, Vectors(several)[0]);
    }

    [Fact]
    public async Task Embeddings_Base64_HoldsTheSameNumbers()
    {
        var numbers = Vectors((await local.Client.EmbedAsync(new { model = "auto", input = Text, encoding_format = "float" })).OkJson).Single();
        var answer = await local.Client.EmbedAsync(new { model = "auto", input = Text, encoding_format = "base64" });
        var bytes = answer.OkJson.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
        Assert.Equal(numbers, MemoryMarshal.Cast<byte, float>(bytes).ToArray());
    }

    [Fact]
    public async Task Embeddings_Dimensions_AreTheFirstOnesAtLengthOne()
    {
        var whole = Vectors((await local.Client.EmbedAsync(new { model = "auto", input = Text })).OkJson).Single();
        var cut = Vectors((await local.Client.EmbedAsync(new { model = "auto", input = Text, dimensions = 8 })).OkJson).Single();
        var length = Math.Sqrt(whole[..8].Sum(value => (double)value * value));
        Assert.Equal(8, cut.Length);
        Assert.All(whole.Zip(cut), pair => Assert.Equal(pair.First / length, pair.Second, 1e-5));
    }

    [Fact]
    public async Task Embeddings_DotNetClient_ReadsThem()
    {
        var client = new EmbeddingClient(
            "auto", new ApiKeyCredential("unused"), new OpenAIClientOptions { Endpoint = new Uri(local.Client.BaseAddress!, "v1") });
        var expected = Vectors((await local.Client.EmbedAsync(new { model = "auto", input = new[] { Text, "ping" } })).OkJson);
        var embeddings = await client.GenerateEmbeddingsAsync([Text, "ping"], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(expected[0], embeddings.Value[0].ToFloats().ToArray());
        Assert.Equal(expected[1], embeddings.Value[1].ToFloats().ToArray());
        Assert.Equal("demo", embeddings.Value.Model);
        Assert.True(embeddings.Value.Usage.InputTokenCount > 1);
        var cut = await client.GenerateEmbeddingAsync(Text, new EmbeddingGenerationOptions { Dimensions = 4 }, TestContext.Current.CancellationToken);
        Assert.Equal(4, cut.Value.ToFloats().Length);
    }

    [Fact]
    public async Task Embeddings_BesideChats_AreTheSameAsAlone()
    {
        var texts = Enumerable.Range(0, 40).Select(i => $"Text number {i} about caches.").ToArray();
        var alone = new List<float[]>();
        foreach (var text in texts)
        {
            alone.Add(Vectors((await local.Client.EmbedAsync(new { model = "auto", input = text })).OkJson).Single());
        }

        var chats = Enumerable.Range(0, 8).Select(_ => local.Client.ChatAsync(Ask("What is a KV cache?"))).ToList();
        var together = Vectors((await local.Client.EmbedAsync(new { model = "auto", input = texts })).OkJson);
        Assert.Equal(alone, together);
        Assert.Single((await Task.WhenAll(chats)).Select(chat => chat.Text).Distinct());
        await WaitUntilIdleAsync(local.Gateway);
    }

    [Fact]
    public async Task Embeddings_ClientLeaves_FreesTheEngine()
    {
        var texts = Enumerable.Range(0, 500).Select(i => string.Join(' ', Enumerable.Repeat($"word{i}", 200))).ToArray();
        using var leaving = new CancellationTokenSource();
        var request = local.Client.PostAsync(
            "v1/embeddings",
            new StringContent(JsonSerializer.Serialize(new { model = "auto", input = texts }), System.Text.Encoding.UTF8, "application/json"),
            leaving.Token);
        var engine = local.Engine.Current!.Engine;
        await Wait.UntilAsync(() => engine.Statistics.Running > 0);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await WaitUntilIdleAsync(local.Gateway);
    }

    [Theory]
    [InlineData("""{}""", "caller_missing_field", "input")]
    [InlineData("""{"input":null}""", "caller_invalid_field", "input")]
    [InlineData("""{"input":""}""", "caller_invalid_field", "input")]
    [InlineData("""{"input":[]}""", "caller_invalid_field", "input")]
    [InlineData("""{"input":{"text":"a"}}""", "caller_invalid_field", "input")]
    [InlineData("""{"input":["a",""]}""", "caller_invalid_field", "input[1]")]
    [InlineData("""{"input":["a",1]}""", "caller_invalid_field", "input[1]")]
    [InlineData("""{"input":[1,"a"]}""", "caller_invalid_field", "input[1]")]
    [InlineData("""{"input":[1,-1]}""", "caller_invalid_field", "input[1]")]
    [InlineData("""{"input":[1,1.5]}""", "caller_invalid_field", "input[1]")]
    [InlineData("""{"input":[[1],[]]}""", "caller_invalid_field", "input[1]")]
    [InlineData("""{"input":[[1],["a"]]}""", "caller_invalid_field", "input[1][0]")]
    [InlineData("""{"input":[1,99999]}""", "caller_invalid_field", "input[1]")]
    [InlineData("""{"input":[[1],[1,99999]]}""", "caller_invalid_field", "input[1][1]")]
    [InlineData("""{"input":"a","encoding_format":"int8"}""", "caller_invalid_field", "encoding_format")]
    [InlineData("""{"input":"a","encoding_format":1}""", "caller_invalid_field", "encoding_format")]
    [InlineData("""{"input":"a","dimensions":0}""", "caller_invalid_field", "dimensions")]
    [InlineData("""{"input":"a","dimensions":100000}""", "caller_invalid_field", "dimensions")]
    [InlineData("""{"input":"a","dimensions":"8"}""", "caller_invalid_field", "dimensions")]
    [InlineData("""{"input":"a","user":1}""", "caller_invalid_field", "user")]
    [InlineData("""{"input":"a","stream":true}""", "caller_invalid_field", "stream")]
    [InlineData("""{"input":"a","input":"b"}""", "caller_invalid_field", "input")]
    public async Task Embeddings_WrongField_NamesIt(string fields, string code, string param)
    {
        var body = $$"""{"model":"auto"{{(fields.Length > 2 ? "," : "")}}{{fields[1..]}}""";
        var answer = await local.Client.PostJsonAsync("v1/embeddings", System.Text.Encoding.UTF8.GetBytes(body));
        Assert.Contains($"'{param}'", answer.ShouldBe(ErrorCode.All.Single(known => known.Name == code), param), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embeddings_TextOverTheWindow_NamesIt()
    {
        var ids = Enumerable.Repeat(5, local.Engine.Current!.Engine.Model.ContextLength + 1).ToArray();
        (await local.Client.EmbedAsync(new { model = "auto", input = new[] { [5], ids } })).ShouldBe(ErrorCode.CallerContextLengthExceeded, "input[1]");
        var whole = await local.Client.EmbedAsync(new { model = "auto", input = ids[1..] });
        Assert.Equal(ids.Length - 1, whole.PromptTokens);
    }

    [Fact]
    public async Task Embeddings_MoreTextsThanARequestMayHold_AreRefused() =>
        (await local.Client.EmbedAsync(new { model = "auto", input = Enumerable.Repeat("a", 2049) })).ShouldBe(ErrorCode.CallerInvalidField, "input");

    [Fact]
    public async Task ExplainAndQuote_Embeddings_KnowThem()
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { model = "auto", input = new[] { Text, "ping" } });
        var explained = (await local.Client.PostJsonAsync("v1/route/explain", body)).OkJson;
        Assert.Equal(["embeddings"], explained.GetProperty("profile").GetProperty("needs").EnumerateArray().Select(need => need.GetString()));
        Assert.Equal(0, explained.GetProperty("profile").GetProperty("max_output_tokens").GetInt32());
        var quoted = (await local.Client.PostJsonAsync("v1/quote", body)).OkJson;
        var candidate = quoted.GetProperty("candidates")[0];
        Assert.Equal("local/demo", candidate.GetProperty("model").GetString());
        Assert.Equal(0, candidate.GetProperty("output_tokens").GetInt32());
        Assert.True(candidate.GetProperty("prompt_tokens").GetInt32() > 0);
    }

    [Fact]
    public async Task Embeddings_PoolingOfTheCatalogue_Decides()
    {
        await using var last = await StartAsync("contextWindow: 4096, capabilities: [embeddings], pooling: last");
        var lastVector = Vectors((await last.Client.EmbedAsync(new { model = "auto", input = Text })).OkJson).Single();
        var meanVector = Vectors((await local.Client.EmbedAsync(new { model = "auto", input = Text })).OkJson).Single();
        Assert.Equal(Size, lastVector.Length);
        Assert.NotEqual(meanVector, lastVector);
    }

    [Fact]
    public async Task Embeddings_ModelWhoseCardListsNone_AreRefusedWithTheReason()
    {
        await using var gateway = await StartAsync();
        var message = (await gateway.Client.EmbedAsync(new { model = "auto", input = Text })).ShouldBe(ErrorCode.CallerUnsupportedByRoute, "model");
        Assert.Contains("'local/demo' is no embedding model", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_EmbeddingModel_IsRefusedWithTheReason()
    {
        await using var gateway = await StartAsync("contextWindow: 4096, kind: embedding");
        Assert.Equal(Size, Vectors((await gateway.Client.EmbedAsync(new { model = "auto", input = Text })).OkJson).Single().Length);
        var message = (await gateway.Client.ChatAsync(Ask("ping"))).ShouldBe(ErrorCode.CallerUnsupportedByRoute, "model");
        Assert.Contains("'local/demo' is an embedding model", message, StringComparison.Ordinal);
        (await gateway.Client.CompleteAsync(new { model = "local/demo", prompt = "a" })).ShouldBe(ErrorCode.CallerUnsupportedByRoute, "model");
    }

    private static List<float[]> Vectors(JsonElement answer) =>
        [.. answer.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("embedding").EnumerateArray().Select(number => number.GetSingle()).ToArray())];

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(member => member.Name);
}
