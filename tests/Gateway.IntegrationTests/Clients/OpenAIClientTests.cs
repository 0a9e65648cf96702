using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;
using OpenAI;
using OpenAI.Chat;
using Xunit;

namespace Gateway.IntegrationTests.Clients;

/// <summary>The unmodified OpenAI .NET client against the gateway.</summary>
public sealed class OpenAIClientTests : IAsyncLifetime
{
    private static readonly ChatMessage[] Messages = [new UserChatMessage("Say hello.")];

    private FakeProvider _provider = null!;
    private GatewayUnderTest _gateway = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _gateway = await ProviderGateway.StartAsync(new ProviderEntry("first", _provider.BaseUrl));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task CompleteChat_Answer_IsRead()
    {
        _provider.RespondWith(Reply.Fixture("chat-completion.json"));

        ChatCompletion completion = await Chat().CompleteChatAsync(Messages, cancellationToken: Cancelled);

        using var sent = JsonDocument.Parse(Fixtures.Bytes("chat-completion.json"));
        Assert.Equal(sent.RootElement.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), completion.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, completion.FinishReason);
        Assert.Equal(sent.RootElement.GetProperty("usage").GetProperty("total_tokens").GetInt32(), completion.Usage.TotalTokenCount);
        Assert.Equal("upstream-small", (string?)_provider.Requests.Single().Json["model"]);
    }

    [Fact]
    public async Task CompleteChat_ToolCalls_AreRead()
    {
        _provider.RespondWith(Reply.Fixture("chat-completion-tool-calls.json"));
        var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("get_current_weather", functionParameters: BinaryData.FromString("""{"type":"object"}""")) } };

        ChatCompletion completion = await Chat().CompleteChatAsync(Messages, options, Cancelled);

        Assert.Equal(ChatFinishReason.ToolCalls, completion.FinishReason);
        Assert.Equal("get_current_weather", completion.ToolCalls[0].FunctionName);
        Assert.True(completion.ToolCalls[0].FunctionArguments.ToObjectFromJson<JsonElement>().TryGetProperty("location", out _));
        Assert.Equal("get_current_weather", (string?)_provider.Requests.Single().Json["tools"]![0]!["function"]!["name"]);
    }

    [Fact]
    public async Task CompleteChat_UnknownModel_IsA404WithItsCode()
    {
        var exception = await Assert.ThrowsAsync<ClientResultException>(() => Chat("no-such-model").CompleteChatAsync(Messages, cancellationToken: Cancelled));

        Assert.Equal(404, exception.Status);
        Assert.Contains("caller_model_not_found", exception.Message, StringComparison.Ordinal);
        Assert.Contains("no-such-model", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CompleteChat_ProvidersError_KeepsStatusAndCode()
    {
        _provider.RespondWith(Reply.Fixture("error-400-context-length.json", 400));

        var exception = await Assert.ThrowsAsync<ClientResultException>(() => Chat().CompleteChatAsync(Messages, cancellationToken: Cancelled));

        Assert.Equal(400, exception.Status);
        Assert.Contains("context_length_exceeded", exception.Message, StringComparison.Ordinal);
        Assert.Single(_provider.Requests);
    }

    [Fact]
    public async Task Trap30_CompleteChat_RateLimitedOnceWithRetryAfter_ClientRetriesAndSucceeds()
    {
        _provider.Enqueue(Reply.RateLimited(retryAfterSeconds: 1), Reply.Fixture("chat-completion.json"));

        ChatCompletion completion = await Chat(retries: 1).CompleteChatAsync(Messages, cancellationToken: Cancelled);

        Assert.Equal(ChatFinishReason.Stop, completion.FinishReason);
        Assert.Equal(2, _provider.Requests.Count);
    }

    [Fact]
    public async Task Trap21_CompleteChat_RateLimitedAlways_TheClientsRetriesAndTheGatewaysAreBothBounded()
    {
        _provider.RespondWith(Reply.RateLimited(retryAfterSeconds: 1));

        var exception = await Assert.ThrowsAsync<ClientResultException>(() => Chat(retries: 1).CompleteChatAsync(Messages, cancellationToken: Cancelled));

        Assert.Equal(429, exception.Status);
        Assert.Contains("rate_limit_exceeded", exception.Message, StringComparison.Ordinal);
        Assert.Equal(4, _provider.Requests.Count);
    }

    [Fact]
    public async Task CompleteChat_Cancelled_ProviderSeesTheAbort()
    {
        _provider.RespondWith(Reply.Hang());
        using var leaving = new CancellationTokenSource();

        var asking = Chat().CompleteChatAsync(Messages, cancellationToken: leaving.Token);
        var request = await _provider.WaitForRequestAsync();
        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await request.ClientAborted.WaitAsync(Wait.DefaultTimeout, Cancelled);
    }

    [Fact]
    public async Task CompleteChatStreaming_Answer_IsReadAndCarriesTheUsageThatTheClientAsksFor()
    {
        _provider.RespondWith(Reply.StreamFixture("chat-stream-usage.sse", new StreamOptions { UsageChunk = UsageChunk.WhenAsked }));

        var updates = await CollectAsync(Chat().CompleteChatStreamingAsync(Messages, cancellationToken: Cancelled));

        Assert.Equal("Hello, wörld 👋🏽 你好", Text(updates));
        Assert.Equal(ChatFinishReason.Stop, updates.Single(update => update.FinishReason is not null).FinishReason);

        // This client always asks for usage.
        var usage = updates.Single(update => update.Usage is not null);
        Assert.Equal(29, usage.Usage.TotalTokenCount);
        Assert.Empty(usage.ContentUpdate);
    }

    [Fact]
    public async Task CompleteChatStreaming_ToolCalls_ArgumentsComeTogetherExactly()
    {
        _provider.RespondWith(Reply.StreamFixture("chat-stream-tool-calls.sse", new StreamOptions { Chunking = Chunking.Every(11) }));

        var updates = await CollectAsync(Chat().CompleteChatStreamingAsync(Messages, cancellationToken: Cancelled));

        var calls = updates.SelectMany(update => update.ToolCallUpdates).ToLookup(call => call.Index);
        Assert.Equal("{\n\"location\": \"Zürich, CH\"\n}", Arguments(calls[0]));
        Assert.Equal("{\"zone\":\"Europe/Zurich\",\"nonce\":12345678901234567890}", Arguments(calls[1]));
        Assert.Equal(["call_abc123", "call_def456"], updates.SelectMany(update => update.ToolCallUpdates).Select(call => call.ToolCallId).Where(id => id is not null));
    }

    [Theory]
    [InlineData(StreamEnd.Complete)]
    [InlineData(StreamEnd.Reset)]
    public async Task Trap18_CompleteChatStreaming_ProvidersStreamIsCutShort_ClientThrows(StreamEnd end)
    {
        var gate = new EventGate();
        _provider.RespondWith(Reply.Stream(ChatEvents.Text("Hello", ", world"), new StreamOptions { StopAfter = 3, End = end, Gate = gate }));
        var seen = new List<StreamingChatCompletionUpdate>();
        gate.Release(2);

        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            await foreach (var update in Chat().CompleteChatStreamingAsync(Messages, cancellationToken: Cancelled))
            {
                seen.Add(update);
                gate.Open();
            }
        });

        Assert.StartsWith("Hello", Text(seen), StringComparison.Ordinal);
        Assert.All(seen, update => Assert.Null(update.FinishReason));
        Assert.Single(_provider.Requests);
    }

    [Fact]
    public async Task CompleteChatStreaming_LeftEarly_ProviderSeesTheAbort()
    {
        _provider.RespondWith(Reply.Stream(ChatEvents.Text("1", " 2"), new StreamOptions { StopAfter = 3, End = StreamEnd.Silence }));

        await foreach (var update in Chat().CompleteChatStreamingAsync(Messages, cancellationToken: Cancelled))
        {
            if (update.ContentUpdate.Any(part => part.Text.Length > 0))
            {
                break;
            }
        }

        await _provider.Requests.Single().ClientAborted.WaitAsync(Wait.DefaultTimeout, Cancelled);
    }

    private static async Task<List<StreamingChatCompletionUpdate>> CollectAsync(AsyncCollectionResult<StreamingChatCompletionUpdate> stream)
    {
        var updates = new List<StreamingChatCompletionUpdate>();
        await foreach (var update in stream)
        {
            updates.Add(update);
        }

        return updates;
    }

    private static string Text(IEnumerable<StreamingChatCompletionUpdate> updates) =>
        string.Concat(updates.SelectMany(update => update.ContentUpdate).Select(part => part.Text));

    private static string Arguments(IEnumerable<StreamingChatToolCallUpdate> parts) =>
        string.Concat(parts.Select(part => part.FunctionArgumentsUpdate?.ToString()));

    private ChatClient Chat(string model = "auto", int retries = 0) => new(
        model,
        new ApiKeyCredential("sk-any"),
        new OpenAIClientOptions
        {
            Endpoint = new Uri(_gateway.BaseUrl, "v1"),
            NetworkTimeout = TimeSpan.FromSeconds(20),
            RetryPolicy = new ClientRetryPolicy(retries),
        });
}
