using System.Globalization;
using System.Net.Http.Headers;
using Gateway.Budgets;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Policies;
using Gateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.IntegrationTests.Budgets;

/// <summary>A gateway with limits before a fake provider. Prices are 1 $ per million tokens of input, 10 $ of output.</summary>
internal sealed class BudgetScene : IAsyncDisposable
{
    public const string Prices = "{ input: 1, cachedInput: 0.1, output: 10 }";

    /// <summary>What <see cref="Answer"/> costs by default, in nano-dollars: 10 tokens of input and 5 of output.</summary>
    public const long AnswerCost = (10 * 1_000) + (5 * 10_000);

    /// <summary>Asks for at most 5 tokens.</summary>
    public const string Ask = """{"model":"auto","max_tokens":5,"messages":[{"role":"user","content":"Hi"}]}""";

    public const string AskStream = """{"model":"auto","max_tokens":5,"messages":[{"role":"user","content":"Hi"}],"stream":true}""";

    public const string Organization = "acme";

    /// <summary>A database that nobody runs, as <c>Ledger:Connection</c>: what is settled stays in the store, where the tests read it.</summary>
    public const string NoLedgerDatabase = "Host=127.0.0.1;Port=1;Database=none;Username=none";

    /// <summary>Ada and Bob are of team search, Eve of team ads, and Zoe's key says nothing of her.</summary>
    private static readonly (string Id, string Scopes)[] Callers =
    [
        ("ada", $"organization: {Organization}, team: search, project: index, user: ada"),
        ("bob", $"organization: {Organization}, team: search, project: rank, user: bob"),
        ("eve", $"organization: {Organization}, team: ads, project: bids, user: eve"),
        ("zoe", ""),
    ];

    private readonly IReadOnlyDictionary<string, string> _keys;
    private readonly bool _ownsProvider;

    private BudgetScene(FakeProvider provider, bool ownsProvider, GatewayUnderTest gateway, IReadOnlyDictionary<string, string> keys) =>
        (Provider, _ownsProvider, Gateway, _keys) = (provider, ownsProvider, gateway, keys);

    public FakeProvider Provider { get; }

    public GatewayUnderTest Gateway { get; }

    public IBudgetStore Store => Gateway.Services.GetRequiredService<IBudgetStore>();

    /// <param name="budgets">Entries below <c>budgets:</c>, each on a line of its own.</param>
    /// <param name="redis">Where counters are kept; null for the embedded store.</param>
    /// <param name="provider">Answers; one that always gives <see cref="Answer"/> when null.</param>
    /// <param name="prices">Of the model; null for an unknown price.</param>
    /// <param name="setup">Changes the gateway.</param>
    /// <param name="withKeys">Whether callers have keys.</param>
    public static async Task<BudgetScene> StartAsync(
        string budgets, RedisServer? redis = null, FakeProvider? provider = null, string? prices = Prices, Action<GatewaySetup>? setup = null, bool withKeys = true)
    {
        var ownsProvider = provider is null;
        if (provider is null)
        {
            provider = await FakeProvider.StartAsync();
            provider.RespondWith(Answer());
        }

        var keys = Callers.ToDictionary(caller => caller.Id, _ => VirtualKeyGenerator.Create());
        var gateway = await GatewayUnderTest.StartAsync(wanted =>
        {
            wanted.ProvidersYaml = ProviderGateway.ProvidersYaml([new ProviderEntry("first", provider.BaseUrl) { Prices = prices }]);
            wanted.RoutesYaml = "routes: { auto: { candidates: [ first/small ] } }";
            wanted.FailoverYaml = "providers: { first: { retry: { times: 0 }, breaker: { minimumCalls: 1000 } } }";
            wanted.KeysYaml = withKeys ? KeysYaml(keys.ToDictionary(key => key.Key, key => key.Value.Sha256)) : null;
            wanted.BudgetsYaml = $"budgets:\n{budgets}\n";
            wanted.Environment = new() { [ProviderEntry.ApiKeyVariable] = ProviderEntry.ApiKey };
            if (redis is not null)
            {
                UseRedis(wanted.Settings, redis);
            }

            setup?.Invoke(wanted);
        });
        return new BudgetScene(provider, ownsProvider, gateway, keys.ToDictionary(key => key.Key, key => key.Value.Key));
    }

    public static void UseRedis(Dictionary<string, string> settings, RedisServer redis)
    {
        settings["Redis:Configuration"] = redis.Configuration;
        settings["Redis:TimeoutSeconds"] = "2";
        settings["Ledger:Connection"] = NoLedgerDatabase;
    }

    /// <summary>The file <c>keys.yaml</c> with the scene's callers.</summary>
    public static string KeysYaml(IReadOnlyDictionary<string, string> hashes) => "keys:\n" + string.Concat(
        Callers.Select(caller => $"  - {{ id: {caller.Id}, {caller.Scopes}{(caller.Scopes.Length > 0 ? ", " : "")}sha256: {hashes[caller.Id]} }}\n"));

    public static Reply Answer(long input = 10, long output = 5, long cached = 0) => Reply.Json(200, AnswerBody(input, output, cached));

    public static string AnswerBody(long input, long output, long cached = 0) => string.Create(
        CultureInfo.InvariantCulture,
        $$$$"""{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":{{{{input}}}},"completion_tokens":{{{{output}}}},"prompt_tokens_details":{"cached_tokens":{{{{cached}}}}}}}""");

    /// <summary>Asks and reads the answer to its end.</summary>
    /// <param name="caller">Whose key is used; null for none.</param>
    public async Task<Delivered> AskAsync(
        string body = Ask, string? caller = "ada", string path = "v1/chat/completions", params (string Name, string Value)[] headers)
    {
        using var response = await StartAsync(body, caller, path, headers);
        return await Delivered.ReadAsync(response);
    }

    /// <summary>Returns when the headers are there.</summary>
    public Task<HttpResponseMessage> StartAsync(
        string body, string? caller = "ada", string path = "v1/chat/completions", (string Name, string Value)[]? headers = null, CancellationToken cancellationToken = default) =>
        Gateway.StartAsync(body, path, [.. (headers ?? []).Select(header => KeyValuePair.Create(header.Name, header.Value)), .. Authorization(caller)], cancellationToken);

    public IEnumerable<KeyValuePair<string, string>> Authorization(string? caller) =>
        caller is null ? [] : [KeyValuePair.Create("Authorization", new AuthenticationHeaderValue("Bearer", _keys[caller]).ToString())];

    /// <summary>The ledger of an organisation, oldest first.</summary>
    public async Task<IReadOnlyList<LedgerRecord>> LedgerAsync(string partition = Organization) =>
        await Store.ReadLedgerAsync(partition, after: null, count: 100_000);

    /// <summary>Waits until the ledger has so many entries, and gives them.</summary>
    public async Task<IReadOnlyList<LedgerRecord>> WaitForLedgerAsync(int entries, string partition = Organization)
    {
        await Wait.UntilAsync(async () => (await LedgerAsync(partition)).Count >= entries);
        return await LedgerAsync(partition);
    }

    /// <summary>The counters of the ledger: each is the sum of what the ledger charges to it, no request is in it twice, and nothing is held any more.</summary>
    /// <returns>What is spent on each counter, by the name of its limit and its scope.</returns>
    public async Task<IReadOnlyDictionary<(string Limit, string Scope), long>> AssertBalancedAsync(string partition = Organization) =>
        await Books.AssertBalancedAsync(Store, partition);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        if (_ownsProvider)
        {
            await Provider.DisposeAsync();
        }
    }
}
