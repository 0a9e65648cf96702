using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;

namespace Gateway.IntegrationTests.Idempotency;

/// <summary>Short forms of what the tests of idempotency do.</summary>
internal static class Retries
{
    public const string Header = "Idempotency-Key";

    public const string Replayed = "x-gateway-replayed-request";

    /// <summary>Headers that belong to one exchange.</summary>
    private static readonly string[] OfTheExchange = ["x-request-id", "Date", "Transfer-Encoding", "Connection", Replayed];

    public static Task<GatewayUnderTest> StartAsync(FakeProvider provider, RedisServer? redis = null, Action<GatewaySetup>? configure = null) =>
        GatewayUnderTest.StartAsync(setup =>
        {
            FrontDoor.FrontDoorGateway.UseProvider(setup, provider);
            if (redis is not null)
            {
                setup.Settings["Redis:Configuration"] = redis.Configuration;

                // A busy machine must not pass for a Redis that is down.
                setup.Settings["Redis:TimeoutSeconds"] = "5";
            }

            configure?.Invoke(setup);
        });

    public static Task<HttpResponseMessage> BeginAsync(
        this GatewayUnderTest gateway, string key, string body = Ask.Stream, string? caller = null, CancellationToken cancellationToken = default) =>
        Ask.StartAsync(gateway, body, headers: Headers(key, caller), cancellationToken: cancellationToken);

    public static async Task<Delivered> RetryAsync(this GatewayUnderTest gateway, string key, string body = Ask.Whole, string? caller = null)
    {
        using var response = await gateway.BeginAsync(key, body, caller);
        return await Delivered.ReadAsync(response);
    }

    /// <summary>What an answer has of its own, whoever is given it.</summary>
    public static IEnumerable<KeyValuePair<string, string>> OwnHeaders(this Delivered answer) =>
        answer.Headers.Where(header => !OfTheExchange.Contains(header.Key, StringComparer.OrdinalIgnoreCase)).OrderBy(header => header.Key, StringComparer.Ordinal);

    private static IEnumerable<KeyValuePair<string, string>> Headers(string key, string? caller)
    {
        yield return new(Header, key);
        if (caller is not null)
        {
            yield return new("Authorization", $"Bearer {caller}");
        }
    }
}
