using System.Net;
using System.Text;
using System.Text.Json;
using Gateway.IntegrationTests.Budgets;
using Gateway.Policies;
using Gateway.Testing;
using Xunit;

namespace Gateway.IntegrationTests.Limits;

/// <summary>Limits that are set through the admin API, by the front door: validated, versioned, audited, kept, and in force on every replica.</summary>
public sealed class ManagedLimitTests
{
    private const string FileLimit = "  in-file: { team: ads, requests: 1000, per: day }";
    private const string TwoRequests = """{"team":"search","requests":2,"per":"lifetime"}""";

    [Fact]
    public async Task Set_Limit_RefusesFromThenOnAndDeletedNoMore()
    {
        await using var scene = await BudgetScene.StartAsync(FileLimit, setup: WithRoles);
        var made = await SendAsync(scene, HttpMethod.Put, "two", "fin", TwoRequests);
        Assert.Equal((HttpStatusCode.Created, "\"1\""), (made.Status, made.ETag));

        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync(caller: "bob")).Status);
        TrapTests.AssertExceeded(await scene.AskAsync());
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync(caller: "eve")).Status);

        var shown = await SendAsync(scene, HttpMethod.Get, "two", "fin");
        Assert.Equal(("managed", 1, "fin", TwoRequests), (Text(shown, "source"), shown.Json.GetProperty("revision").GetInt64(), Text(shown, "changedBy"), shown.Json.GetProperty("definition").GetRawText()));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(scene, HttpMethod.Put, "two", "fin", TwoRequests.Replace('2', '3'), ifMatch: "\"1\"")).Status);
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        TrapTests.AssertExceeded(await scene.AskAsync());

        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(scene, HttpMethod.Delete, "two", "fin", ifMatch: "\"2\"")).Status);
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        Assert.Equal((HttpStatusCode.NotFound, "caller_budget_not_found"), Error(await SendAsync(scene, HttpMethod.Get, "two", "fin")));
        foreach (var line in new[] { $"budget.create two by fin in ", $"before=none after={TwoRequests}", $"before={TwoRequests} after=", "budget.delete two by fin in " })
        {
            Assert.Single(scene.Gateway.Log, entry => entry.Contains("Audit: ", StringComparison.Ordinal) && entry.Contains(line, StringComparison.Ordinal));
        }

        var again = await SendAsync(scene, HttpMethod.Put, "two", "fin", TwoRequests.Replace('2', '9'));
        Assert.Equal((HttpStatusCode.Created, "\"4\""), (again.Status, again.ETag));
    }

    [Fact]
    public async Task Change_OfWhatIsCounted_BeginsAtZero()
    {
        await using var scene = await BudgetScene.StartAsync(FileLimit, setup: WithRoles);
        await SendAsync(scene, HttpMethod.Put, "one", "fin", """{"team":"search","usd":1,"per":"lifetime"}""");
        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);

        await SendAsync(scene, HttpMethod.Put, "one", "fin", """{"team":"search","tokens":1000,"per":"lifetime"}""", ifMatch: "\"1\"");

        Assert.Equal(HttpStatusCode.OK, (await scene.AskAsync()).Status);
        await SendAsync(scene, HttpMethod.Put, "one", "fin", """{"team":"search","usd":0.00015,"per":"lifetime"}""", ifMatch: "\"2\"");

        // The dollars of the first are still counted: there is room for no second.
        TrapTests.AssertExceeded(await scene.AskAsync());
    }

    [Fact]
    public async Task Set_AmountWithAnExponent_IsThatNumber()
    {
        await using var scene = await BudgetScene.StartAsync(FileLimit, setup: WithRoles);

        Assert.Equal(HttpStatusCode.Created, (await SendAsync(scene, HttpMethod.Put, "small", "fin", """{"team":"search","usd":1e-05,"per":"day"}""")).Status);

        var refused = await scene.AskAsync();
        TrapTests.AssertExceeded(refused);
        Assert.Contains("($0.00001)", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Set_EveryFieldWrong_NamesEachAndChangesNothing()
    {
        await using var scene = await BudgetScene.StartAsync(FileLimit, setup: WithRoles);

        var refused = await SendAsync(scene, HttpMethod.Put, "wrong", "fin", """{"teem":"search","usd":-1,"per":"fortnight","timeZone":"Mars/Olympus","hard":"perhaps"}""");

        Assert.Equal((HttpStatusCode.BadRequest, "caller_invalid_field"), Error(refused));
        var message = refused.Json.GetProperty("error").GetProperty("message").GetString()!;
        Assert.All(["teem: ", "usd: ", "per: ", "timeZone: ", "hard: "], field => Assert.Contains(field, message, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(scene, HttpMethod.Get, "wrong", "fin")).Status);
        var repeats = (await SendAsync(scene, HttpMethod.Put, "repeats", "fin", """{"team":"ads","requests":5,"per":"day"}""")).Json.GetProperty("error");
        Assert.StartsWith("'in-file' limits the same already", repeats.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Null, repeats.GetProperty("param").ValueKind);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(scene, HttpMethod.Put, "halved", "fin", """{"team":"\ud83d","requests":5,"per":"day"}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(scene, HttpMethod.Put, "two%20words", "fin", TwoRequests)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(scene, HttpMethod.Put, "hooked", "fin", """{"team":"search","usd":5,"per":"day","notify":["nobody"]}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(scene, HttpMethod.Put, "fiscal", "fin", """{"team":"search","usd":5,"per":"fiscal_month"}""")).Status);
    }

    [Fact]
    public async Task Change_OfAnotherRevisionOrOfTheFile_IsRefused()
    {
        await using var scene = await BudgetScene.StartAsync(FileLimit, setup: WithRoles);
        Assert.Equal((HttpStatusCode.Conflict, "caller_budget_conflict"), Error(await SendAsync(scene, HttpMethod.Put, "in-file", "fin", TwoRequests)));
        Assert.Equal((HttpStatusCode.Conflict, "caller_budget_conflict"), Error(await SendAsync(scene, HttpMethod.Delete, "in-file", "fin", ifMatch: "\"1\"")));
        Assert.Equal("file", Text(await SendAsync(scene, HttpMethod.Get, "in-file", "fin"), "source"));

        Assert.Equal((HttpStatusCode.PreconditionFailed, "caller_budget_changed"), Error(await SendAsync(scene, HttpMethod.Put, "two", "fin", TwoRequests, ifMatch: "\"1\"")));
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(scene, HttpMethod.Put, "two", "fin", TwoRequests)).Status);
        foreach (var stale in new[] { null, "\"2\"", "\"0\"" })
        {
            Assert.Equal((HttpStatusCode.PreconditionFailed, "caller_budget_changed"), Error(await SendAsync(scene, HttpMethod.Put, "two", "fin", TwoRequests, stale)));
            Assert.Equal(HttpStatusCode.PreconditionFailed, (await SendAsync(scene, HttpMethod.Delete, "two", "fin", ifMatch: stale)).Status);
        }

        Assert.Equal("caller_invalid_header", Error(await SendAsync(scene, HttpMethod.Put, "two", "fin", TwoRequests, "\"x\"")).Code);
        var both = await Task.WhenAll(Enumerable.Range(3, 8).Select(amount =>
            SendAsync(scene, HttpMethod.Put, "two", "fin", TwoRequests.Replace("2", $"{amount}", StringComparison.Ordinal), "\"1\"")));
        Assert.Single(both, answer => answer.Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Roles_FinanceAndAdminsChange_ATeamSeesItsOwnAndOthersNothing()
    {
        await using var scene = await BudgetScene.StartAsync(FileLimit, setup: WithRoles);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(scene, HttpMethod.Put, "two", "boss", TwoRequests)).Status);
        foreach (var caller in new[] { "lead", "ada" })
        {
            Assert.Equal((HttpStatusCode.Forbidden, "policy_admin_required"), Error(await SendAsync(scene, HttpMethod.Put, "three", caller, TwoRequests)));
            Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(scene, HttpMethod.Delete, "two", caller, ifMatch: "\"1\"")).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(scene, HttpMethod.Get, "two", "lead")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(scene, HttpMethod.Get, "in-file", "lead")).Status);
        Assert.Equal(["two"], Limits(await SendAsync(scene, HttpMethod.Get, "", "lead")));
        Assert.Equal(["in-file", "two"], Limits(await SendAsync(scene, HttpMethod.Get, "", "fin")));
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(scene, HttpMethod.Get, "two", "ada")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(scene, HttpMethod.Get, "", "ada")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(scene, HttpMethod.Put, "four", caller: null, TwoRequests)).Status);
    }

    [Fact]
    public async Task Restart_LimitsOfTheFileStore_AreKept()
    {
        using var data = new TempFolder();
        void Setup(GatewaySetup setup)
        {
            WithRoles(setup);
            setup.Settings["Gateway:DataPath"] = data.Path;
        }

        await using (var before = await BudgetScene.StartAsync(FileLimit, setup: Setup))
        {
            Assert.Equal(HttpStatusCode.Created, (await SendAsync(before, HttpMethod.Put, "none-of-it", "fin", """{"team":"search","requests":1,"per":"lifetime"}""")).Status);
        }

        await using var after = await BudgetScene.StartAsync(FileLimit, setup: Setup);
        Assert.Equal(HttpStatusCode.OK, (await after.AskAsync()).Status);
        TrapTests.AssertExceeded(await after.AskAsync());
    }

    [Fact]
    public async Task Replicas_LimitOfOne_HoldsOnAllAtOnceAndIsOne()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var provider = await FakeProvider.StartAsync();
        provider.RespondWith(BudgetScene.Answer());

        // So seldom that no look can be what brings it.
        void Setup(GatewaySetup setup)
        {
            WithRoles(setup);
            setup.Settings["Keys:PollSeconds"] = "60";
        }

        await using var first = await BudgetScene.StartAsync(FileLimit, redis, provider, setup: Setup);
        await using var second = await BudgetScene.StartAsync(FileLimit, redis, provider, setup: Setup);
        Assert.Equal(HttpStatusCode.OK, (await second.AskAsync()).Status);

        Assert.Equal(HttpStatusCode.Created, (await SendAsync(first, HttpMethod.Put, "five", "fin", """{"team":"search","requests":5,"per":"lifetime"}""")).Status);
        await Wait.UntilAsync(async () => (await SendAsync(second, HttpMethod.Get, "five", "fin")).Status == HttpStatusCode.OK);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(index => (index % 2 == 0 ? first : second).AskAsync()));
        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.OK));

        // The other replica changes it on the revision that it was told of.
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(second, HttpMethod.Put, "five", "fin", """{"team":"search","requests":7,"per":"lifetime"}""", "\"1\"")).Status);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await SendAsync(first, HttpMethod.Put, "five", "fin", TwoRequests, "\"1\"")).Status);
        await Wait.UntilAsync(async () => (await SendAsync(first, HttpMethod.Get, "five", "fin")).ETag == "\"2\"");
        answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(index => (index % 2 == 0 ? first : second).AskAsync()));
        Assert.Equal(2, answers.Count(answer => answer.Status == HttpStatusCode.OK));

        // A Redis that lost everything is given back what the gateways know: no limit is lifted by that.
        await redis.CliAsync("FLUSHALL");
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(first, HttpMethod.Put, "other", "fin", """{"team":"ads","requests":5,"per":"lifetime"}""")).Status);
        await Wait.UntilAsync(async () => (await redis.CliAsync("HKEYS", "gateway:{limits}:v1")).Split('\n').Order(StringComparer.Ordinal).SequenceEqual(["five", "other"]));
    }

    private static void WithRoles(GatewaySetup setup) => setup.KeysYaml +=
        $"  - {{ id: fin, role: finance, sha256: {Roles["fin"].Sha256} }}\n"
        + $"  - {{ id: boss, admin: true, sha256: {Roles["boss"].Sha256} }}\n"
        + $"  - {{ id: lead, organization: acme, team: search, role: team, sha256: {Roles["lead"].Sha256} }}\n";

    private static readonly Dictionary<string, (string Key, string Sha256)> Roles =
        new[] { "fin", "boss", "lead" }.ToDictionary(id => id, _ => VirtualKeyGenerator.Create());

    private static async Task<(HttpStatusCode Status, string? ETag, JsonElement Json)> SendAsync(
        BudgetScene scene, HttpMethod method, string id, string? caller, string? body = null, string? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, id.Length == 0 ? "admin/budgets" : $"admin/budgets/{id}");
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        if (ifMatch is not null)
        {
            Assert.True(request.Headers.TryAddWithoutValidation("If-Match", ifMatch));
        }

        var authorization = caller is not null && Roles.TryGetValue(caller, out var role)
            ? [KeyValuePair.Create("Authorization", $"Bearer {role.Key}")]
            : scene.Authorization(caller);
        foreach (var (name, value) in authorization)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        using var response = await scene.Gateway.Client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, response.Headers.ETag?.ToString(), text.Length == 0 ? default : JsonElement.Parse(text));
    }

    private static (HttpStatusCode Status, string? Code) Error((HttpStatusCode Status, string? ETag, JsonElement Json) answer) =>
        (answer.Status, answer.Json.GetProperty("error").GetProperty("code").GetString());

    private static string Text((HttpStatusCode Status, string? ETag, JsonElement Json) answer, string member) => answer.Json.GetProperty(member).GetString()!;

    private static IEnumerable<string> Limits((HttpStatusCode Status, string? ETag, JsonElement Json) answer) =>
        answer.Json.GetProperty("budgets").EnumerateArray().Select(budget => budget.GetProperty("limit").GetString()!).Distinct();
}
