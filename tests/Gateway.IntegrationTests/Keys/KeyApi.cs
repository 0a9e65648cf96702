using System.Net;
using System.Text.Json;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Policies;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Keys;

/// <summary>Short forms of what the tests of managed keys do.</summary>
internal static class KeyApi
{
    public const string Admin = "admin/keys";

    /// <summary>An admin key that stands in keys.yaml.</summary>
    public static (string Key, string Sha256) Operator { get; } = VirtualKeyGenerator.Create();

    public static Task<GatewayUnderTest> StartAsync(FakeProvider provider, RedisServer? redis = null, Action<GatewaySetup>? configure = null)
    {
        provider.RespondWith(Reply.Fixture("chat-completion.json"));
        return GatewayUnderTest.StartAsync(setup =>
        {
            FrontDoorGateway.UseProvider(setup, provider);
            setup.KeysYaml = $"keys:\n  - {{ id: operator, sha256: {Operator.Sha256}, admin: true }}\n";
            if (redis is not null)
            {
                setup.Settings["Redis:Configuration"] = redis.Configuration;

                // A busy machine must not pass for a Redis that is down.
                setup.Settings["Redis:TimeoutSeconds"] = "5";
            }

            configure?.Invoke(setup);
        });
    }

    public static Task<Answer> AskAsync(this GatewayUnderTest gateway, string? key, string model = "auto") =>
        gateway.SendAsync(HttpMethod.Post, GatewayRequests.ChatPath, key, $$"""{"model":"{{model}}","messages":[{"role":"user","content":"Hi"}]}""");

    public static async Task<HttpStatusCode> StatusAsync(this GatewayUnderTest gateway, string? key) => (await gateway.AskAsync(key)).Status;

    public static Task<Answer> AdminAsync(this GatewayUnderTest gateway, string path, string body) =>
        gateway.SendAsync(HttpMethod.Post, path, Operator.Key, body);

    /// <summary>Makes a key and gives it.</summary>
    public static async Task<string> CreateAsync(this GatewayUnderTest gateway, string body)
    {
        var made = await gateway.AdminAsync(Admin, body);
        Assert.True(made.Status == HttpStatusCode.Created, made.Body);
        return made.Json.GetProperty("key").GetString()!;
    }

    public static async Task RevokeAsync(this GatewayUnderTest gateway, string id)
    {
        var revoked = await gateway.AdminAsync($"{Admin}/{id}/revoke", "{}");
        Assert.True(revoked.Status == HttpStatusCode.OK, revoked.Body);
        Assert.Equal("revoked", revoked.Json.GetProperty("state").GetString());
    }

    public static async Task<IReadOnlyList<JsonElement>> ListAsync(this GatewayUnderTest gateway) =>
        [.. (await gateway.SendAsync(HttpMethod.Get, Admin, Operator.Key)).OkJson.GetProperty("keys").EnumerateArray()];

    public static async Task<Answer> SendAsync(this GatewayUnderTest gateway, HttpMethod method, string path, string? key, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        }

        if (key is not null)
        {
            Assert.True(request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}"));
        }

        return await gateway.Client.ReadAsync(request);
    }
}
