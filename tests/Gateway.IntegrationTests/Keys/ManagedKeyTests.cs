using System.Net;
using System.Security.Cryptography;
using System.Text;
using Gateway.Contracts.Errors;
using Gateway.IntegrationTests.FrontDoor;
using Gateway.Policies;
using Gateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.IntegrationTests.Keys;

/// <summary>Managed keys of one gateway through its front door, kept in its own file.</summary>
public sealed class ManagedKeyTests : IAsyncLifetime
{
    private readonly ShiftedTime _time = new();
    private FakeProvider _provider = null!;
    private GatewayUnderTest _gateway = null!;

    public static TheoryData<string, string> BadOrders => new()
    {
        { "{}", "id" },
        { """{"id":"gw-secret"}""", "id" },
        { """{"id":"two words"}""", "id" },
        { """{"id":"."}""", "id" },
        { """{"id":".."}""", "id" },
        { """{"id":"x'; DROP TABLE keys; --"}""", "id" },
        { """{"id":"a","modles":["auto"]}""", "modles" },
        { """{"id":"a","models":[]}""", "models" },
        { """{"id":"a","models":["nothing"]}""", "models[0]" },
        { """{"id":"a","expires":"tomorrow"}""", "expires" },
        { """{"id":"a","expires":"2020-01-01T00:00:00Z"}""", "expires" },
        { """{"id":"a","role":"boss"}""", "role" },
        { """{"id":"a","admin":"yes"}""", "admin" },
    };

    public async ValueTask InitializeAsync()
    {
        _provider = await FakeProvider.StartAsync();
        _gateway = await KeyApi.StartAsync(_provider, configure: setup => setup.Services = services => services.AddSingleton<TimeProvider>(_time));
    }

    [Fact]
    public async Task Create_Key_IsShownOnceAndServesAndIsKeptNowhere()
    {
        var key = await _gateway.CreateAsync("""{"id":"search","team":"search","organization":"acme","role":"team"}""");

        Assert.Equal(HttpStatusCode.OK, await _gateway.StatusAsync(key));
        var listed = Assert.Single(await _gateway.ListAsync(), entry => entry.GetProperty("id").GetString() == "search");
        Assert.Equal(("managed", "active", "search", "team"), (
            listed.GetProperty("source").GetString(), listed.GetProperty("state").GetString(),
            listed.GetProperty("team").GetString(), listed.GetProperty("role").GetString()));
        Assert.False(listed.TryGetProperty("key", out _));
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        Assert.DoesNotContain(sha256, (await _gateway.SendAsync(HttpMethod.Get, KeyApi.Admin, KeyApi.Operator.Key)).Body, StringComparison.Ordinal);
        foreach (var file in Directory.GetFiles(_gateway.DataFolder, "keys.db*"))
        {
            Assert.DoesNotContain(key, Encoding.Latin1.GetString(await ReadSharedAsync(file)), StringComparison.Ordinal);
        }

        Assert.Contains(Directory.GetFiles(_gateway.DataFolder), file => file.EndsWith("keys.db", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Log_OfEveryKeyOperation_HoldsNeitherKeysNorHashesButOneAuditLineEach()
    {
        var first = await _gateway.CreateAsync("""{"id":"logged","team":"red"}""");
        var second = (await _gateway.AdminAsync("admin/keys/logged/rotate", "{}")).Json.GetProperty("key").GetString()!;
        await _gateway.StatusAsync(first);
        await _gateway.StatusAsync(second);
        await _gateway.RevokeAsync("logged");
        await _gateway.RevokeAsync("logged");
        await _gateway.StatusAsync(second);

        foreach (var secret in new[] { first, second, KeyApi.Operator.Key })
        {
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
            Assert.DoesNotContain(_gateway.Log, line => line.Contains(secret, StringComparison.Ordinal) || line.Contains(sha256, StringComparison.OrdinalIgnoreCase));
        }

        foreach (var action in new[] { "key.create", "key.rotate", "key.revoke" })
        {
            Assert.Single(_gateway.Log, line => line.Contains($"Audit: {action} logged by operator in req_", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Create_ScopedKey_IsServedItsModelsOnly()
    {
        var key = await _gateway.CreateAsync("""{"id":"scoped","models":["fake/echo"]}""");

        Assert.Equal(HttpStatusCode.OK, (await _gateway.AskAsync(key, "fake/echo")).Status);
        (await _gateway.AskAsync(key, "auto")).ShouldBe(ErrorCode.PolicyModelNotAllowed, "model");
    }

    [Fact]
    public async Task Create_KeyThatExpires_IsRefusedFromThatMomentOnWhateverTheClockDidBefore()
    {
        var expires = TimeProvider.System.GetUtcNow().AddHours(1);
        var key = await _gateway.CreateAsync($$"""{"id":"brief","expires":"{{expires:yyyy-MM-dd'T'HH:mm:ss'Z'}}"}""");
        Assert.Equal(HttpStatusCode.OK, await _gateway.StatusAsync(key));

        _time.Shift = TimeSpan.FromHours(2);
        (await _gateway.AskAsync(key)).ShouldBe(ErrorCode.CallerInvalidKey);
        _time.Shift = TimeSpan.FromHours(-2);
        Assert.Equal(HttpStatusCode.OK, await _gateway.StatusAsync(key));
    }

    [Fact]
    public async Task Rotate_WithOverlap_BothKeysAreGoodUntilItEndsAndThenOnlyTheNewOne()
    {
        var old = await _gateway.CreateAsync("""{"id":"turning"}""");
        var rotated = await _gateway.AdminAsync("admin/keys/turning/rotate", """{"overlapSeconds":600}""");
        var next = rotated.OkJson.GetProperty("key").GetString();

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (await _gateway.StatusAsync(old), await _gateway.StatusAsync(next)));
        _time.Shift = TimeSpan.FromSeconds(601);
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await _gateway.StatusAsync(old), await _gateway.StatusAsync(next)));
    }

    [Fact]
    public async Task Rotate_WithoutOverlapOrTwice_EndsTheKeysBefore()
    {
        var first = await _gateway.CreateAsync("""{"id":"twice"}""");
        var second = (await _gateway.AdminAsync("admin/keys/twice/rotate", "{}")).OkJson.GetProperty("key").GetString();
        var third = (await _gateway.AdminAsync("admin/keys/twice/rotate", "{}")).OkJson.GetProperty("key").GetString();
        Assert.Equal(
            (HttpStatusCode.Unauthorized, HttpStatusCode.OK, HttpStatusCode.OK),
            (await _gateway.StatusAsync(first), await _gateway.StatusAsync(second), await _gateway.StatusAsync(third)));

        var fourth = (await _gateway.AdminAsync("admin/keys/twice/rotate", """{"overlapSeconds":0}""")).OkJson.GetProperty("key").GetString();
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.OK), (await _gateway.StatusAsync(third), await _gateway.StatusAsync(fourth)));
    }

    [Fact]
    public async Task Revoke_Key_IsRefusedAtOnceAndForGood()
    {
        var key = await _gateway.CreateAsync("""{"id":"gone"}""");
        await _gateway.RevokeAsync("gone");

        (await _gateway.AskAsync(key)).ShouldBe(ErrorCode.CallerInvalidKey);
        (await _gateway.AdminAsync("admin/keys/gone/rotate", "{}")).ShouldBe(ErrorCode.CallerKeyConflict, "id");
        (await _gateway.AdminAsync(KeyApi.Admin, """{"id":"gone"}""")).ShouldBe(ErrorCode.CallerKeyConflict, "id");
    }

    [Fact]
    public async Task Rotate_ExpiredKey_IsRefusedForItsNewSecretWouldBeExpiredToo()
    {
        await _gateway.CreateAsync($$"""{"id":"old","expires":"{{TimeProvider.System.GetUtcNow().AddHours(1):O}}"}""");
        _time.Shift = TimeSpan.FromHours(2);

        var message = (await _gateway.AdminAsync("admin/keys/old/rotate", "{}")).ShouldBe(ErrorCode.CallerKeyConflict, "id");

        Assert.Contains("'old' expired at ", message, StringComparison.Ordinal);
        await _gateway.RevokeAsync("old");
    }

    [Fact]
    public async Task Revoke_LastAdminKey_IsRefusedUntilThereIsAnother()
    {
        await using var gateway = await KeyApi.StartAsync(_provider, configure: setup => setup.KeysYaml = null);
        var first = (await gateway.AdminAsync(KeyApi.Admin, """{"id":"first","admin":true}""")).Json.GetProperty("key").GetString()!;
        Task<Answer> RevokeAsync(string id, string key) => gateway.SendAsync(HttpMethod.Post, $"admin/keys/{id}/revoke", key, "{}");

        (await RevokeAsync("first", first)).ShouldBe(ErrorCode.CallerKeyConflict, "id");
        var second = (await gateway.SendAsync(HttpMethod.Post, KeyApi.Admin, first, """{"id":"second","admin":true}""")).Json.GetProperty("key").GetString()!;
        Assert.Equal(HttpStatusCode.OK, (await RevokeAsync("first", first)).Status);
        (await RevokeAsync("second", second)).ShouldBe(ErrorCode.CallerKeyConflict, "id");
    }

    [Fact]
    public async Task Store_FileThatCannotBeUsed_IsNamedWithoutItsPlace()
    {
        // A folder in the place of the file.
        Directory.CreateDirectory(Path.Combine(_gateway.DataFolder, "idempotency.db"));
        using var request = new HttpRequestMessage(HttpMethod.Post, GatewayRequests.ChatPath) { Content = new StringContent(FrontDoorGateway.GoodBody, Encoding.UTF8, "application/json") };
        request.Headers.Add("Authorization", $"Bearer {KeyApi.Operator.Key}");
        request.Headers.Add("Idempotency-Key", "any");

        var message = (await _gateway.Client.ReadAsync(request)).ShouldBe(ErrorCode.PolicyIdempotencyUnavailable, "Idempotency-Key");

        Assert.Contains("The file idempotency.db cannot be used: ", message, StringComparison.Ordinal);
        Assert.DoesNotContain(_gateway.DataFolder, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_OfAKeyThatIsNotManaged_IsRefused()
    {
        (await _gateway.AdminAsync("admin/keys/operator/revoke", "{}")).ShouldBe(ErrorCode.CallerKeyConflict, "id");
        (await _gateway.AdminAsync(KeyApi.Admin, """{"id":"operator"}""")).ShouldBe(ErrorCode.CallerKeyConflict, "id");
        (await _gateway.AdminAsync("admin/keys/nobody/revoke", "{}")).ShouldBe(ErrorCode.CallerKeyNotFound, "id");
        (await _gateway.AdminAsync("admin/keys/operator/rotate", """{"overlapSeconds":-1}""")).ShouldBe(ErrorCode.CallerInvalidField, "overlapSeconds");
    }

    [Theory]
    [MemberData(nameof(BadOrders))]
    public async Task Create_BadOrder_NamesTheFieldAndMakesNoKey(string body, string field)
    {
        var before = (await _gateway.ListAsync()).Count;
        (await _gateway.AdminAsync(KeyApi.Admin, body)).ShouldBe(ErrorCode.CallerInvalidField, field);
        Assert.Equal(before, (await _gateway.ListAsync()).Count);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"a\"")]
    [InlineData("""{"id":"a","team":"\ud83d"}""")]
    [InlineData("""{"id":"a","models":["\udc00"]}""")]
    [InlineData("""{"id":"a","\ud83d":1}""")]
    public async Task Create_BodyThatIsNoObjectOfTexts_IsTheCallersFault(string body)
    {
        (await _gateway.AdminAsync(KeyApi.Admin, body)).ShouldBe(ErrorCode.CallerInvalidJson);
        (await _gateway.AdminAsync("admin/faults", body)).ShouldBe(ErrorCode.CallerInvalidJson);
    }

    [Fact]
    public async Task Admin_KeyThatIsNone_MayNeitherListNorChange()
    {
        var key = await _gateway.CreateAsync("""{"id":"plain"}""");
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Get, KeyApi.Admin), (HttpMethod.Post, KeyApi.Admin), (HttpMethod.Post, "admin/keys/plain/rotate"), (HttpMethod.Post, "admin/keys/plain/revoke"),
        })
        {
            (await _gateway.SendAsync(method, path, key, method == HttpMethod.Post ? """{"id":"b"}""" : null)).ShouldBe(ErrorCode.PolicyAdminRequired);
            (await _gateway.SendAsync(method, path, null, method == HttpMethod.Post ? """{"id":"b"}""" : null)).ShouldBe(ErrorCode.CallerMissingKey);
        }

        Assert.Equal(HttpStatusCode.OK, await _gateway.StatusAsync(key));
    }

    [Theory]
    [InlineData("' OR '1'='1")]
    [InlineData("gw-x'; DROP TABLE keys; --")]
    [InlineData("gw-x\\' UNION SELECT record FROM keys --")]
    [InlineData("$id")]
    public async Task Trap27_SqlInAKeyOrAnId_FindsNothingAndHarmsNothing(string sql)
    {
        var key = await _gateway.CreateAsync($$"""{"id":"safe-{{Guid.NewGuid():N}}"}""");

        (await _gateway.AskAsync(sql)).ShouldBe(ErrorCode.CallerInvalidKey);
        (await _gateway.AdminAsync($"admin/keys/{Uri.EscapeDataString(sql)}/revoke", "{}")).ShouldBe(ErrorCode.CallerKeyNotFound, "id");
        Assert.Equal(HttpStatusCode.OK, await _gateway.StatusAsync(key));
    }

    [Fact]
    public async Task Restart_KeysAndRevocationsAreStillThere()
    {
        using var data = new TempFolder();
        string kept, revoked;
        await using (var before = await KeyApi.StartAsync(_provider, configure: setup => setup.Settings["Gateway:DataPath"] = data.Path))
        {
            kept = await before.CreateAsync("""{"id":"kept"}""");
            revoked = await before.CreateAsync("""{"id":"revoked"}""");
            await before.RevokeAsync("revoked");
        }

        await using var after = await KeyApi.StartAsync(_provider, configure: setup => setup.Settings["Gateway:DataPath"] = data.Path);
        Assert.Equal(HttpStatusCode.OK, await after.StatusAsync(kept));
        (await after.AskAsync(revoked)).ShouldBe(ErrorCode.CallerInvalidKey);
    }

    [Fact]
    public async Task FirstKey_OfAGatewayWithoutKeys_MustBeAnAdminKeyAndEndsOpenAccess()
    {
        await using var open = await KeyApi.StartAsync(_provider, configure: setup => setup.KeysYaml = null);
        Assert.Equal(HttpStatusCode.OK, await open.StatusAsync(null));
        (await open.SendAsync(HttpMethod.Post, KeyApi.Admin, null, """{"id":"plain"}""")).ShouldBe(ErrorCode.CallerInvalidField, "admin");

        var made = await open.SendAsync(HttpMethod.Post, KeyApi.Admin, null, """{"id":"root","admin":true}""");
        var key = made.Json.GetProperty("key").GetString();
        (await open.AskAsync(null)).ShouldBe(ErrorCode.CallerMissingKey);
        Assert.Equal(HttpStatusCode.OK, await open.StatusAsync(key));
        Assert.Single(open.Log, line => line.Contains("Audit: key.create root by (this machine)", StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _provider.DisposeAsync();
    }

    private static async Task<byte[]> ReadSharedAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}
