using System.Globalization;
using System.Net;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Policies;
using Gateway.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.IntegrationTests.Failover;

/// <summary>
/// A gateway whose route <c>auto</c> tries the providers <c>first</c>, <c>second</c> and <c>third</c> in this order. Each says something else,
/// uses something else and costs something else, so that no answer can be taken for another's.
/// </summary>
internal sealed class FailoverScene : IAsyncDisposable
{
    private readonly List<ScriptedModel> _models = [];

    private FailoverScene()
    {
    }

    public static ScriptedAnswer FirstAnswer { get; } = new("chatcmpl-first", 11, 7, "Das", " ist", " die", " erste", " Antwort", " \"1\"", " 👋🏽");

    public static ScriptedAnswer SecondAnswer { get; } = new("chatcmpl-second", 13, 5, "This", " is", " the", " second", " one");

    public static ScriptedAnswer ThirdAnswer { get; } = new("chatcmpl-third", 17, 4, "C'est", " la", " troisième", " réponse");

    public GatewayUnderTest Gateway { get; private set; } = null!;

    public ScriptedModel First => _models[0];

    public ScriptedModel Second => _models[1];

    public ScriptedModel Third => _models[2];

    /// <summary>All calls to all providers so far.</summary>
    public int Calls => _models.Sum(model => model.Calls);

    /// <param name="failover">The text of <c>failover.yaml</c>; null for what the product does without one.</param>
    /// <param name="models">How many candidates there are.</param>
    /// <param name="change">Changes the candidates, by their place.</param>
    /// <param name="route">Who is on the route; null for all in their order.</param>
    public static async Task<FailoverScene> StartAsync(
        string? failover = null, int models = 2, Func<int, ScriptedModel, ScriptedModel>? change = null, string? route = null)
    {
        var scene = new FailoverScene();
        string[] names = ["first", "second", "third"];
        decimal[] prices = [1, 3, 7];
        for (var i = 0; i < models; i++)
        {
            var model = new ScriptedModel(names[i], await FakeProvider.StartAsync()) { InputPrice = prices[i], OutputPrice = 4 * prices[i] };
            scene._models.Add(change?.Invoke(i, model) ?? model);
        }

        scene.Gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = $"providers:\n{string.Concat(scene._models.Select(model => model.ToYaml()))}";
            setup.RoutesYaml = $"routes: {{ auto: {{ candidates: [ {route ?? string.Join(", ", scene._models.Select(model => $"{model.Name}/small"))} ] }} }}\n";
            setup.FailoverYaml = failover;
            setup.Settings["Logging:LogLevel:Default"] = "Debug";
        });
        scene.First.Fake.RespondWith(request => FirstAnswer.For(request));
        scene._models.ElementAtOrDefault(1)?.Fake.RespondWith(request => SecondAnswer.For(request));
        scene._models.ElementAtOrDefault(2)?.Fake.RespondWith(request => ThirdAnswer.For(request));
        return scene;
    }

    public Task<Delivered> AskAsync(bool stream) => Gateway.SendAsync(stream ? Ask.Stream : Ask.Whole);

    /// <summary>The client has this model's answer whole and unmixed, is told who gave it, and pays what providers bill for it.</summary>
    /// <param name="wasOtherPaid">Whether another call was at work on an answer when it ended, and is paid as well.</param>
    public void AssertAnswered(Delivered answer, ScriptedModel by, ScriptedAnswer words, bool stream, int attempts, bool wasOtherPaid = false)
    {
        if (stream)
        {
            Assert.Equal(words.Stream, answer.AssertWholeStream().TextWithoutSpending);
        }
        else
        {
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Null(answer.Fault);
            Assert.Equal(words.Body, answer.Text);
        }

        var cost = decimal.Parse(words.Cost(by), CultureInfo.InvariantCulture);
        Assert.True(wasOtherPaid ? answer.Cost > cost : answer.Cost == cost, $"It cost {answer.Cost}; the answer alone {cost}.");

        Assert.Equal("auto", answer.Headers["x-gateway-route"]);
        Assert.Equal(by.Name, answer.Headers["x-gateway-provider"]);
        Assert.Equal("small", answer.Headers["x-gateway-model"]);
        Assert.Equal(attempts.ToString(CultureInfo.InvariantCulture), answer.Headers["x-gateway-attempts"]);
        Assert.Equal(attempts, Calls);
    }

    public void AssertFirstAnswered(Delivered answer, bool stream, int attempts) => AssertAnswered(answer, First, FirstAnswer, stream, attempts);

    public void AssertSecondAnswered(Delivered answer, bool stream, int attempts, bool wasFirstPaid = false) =>
        AssertAnswered(answer, Second, SecondAnswer, stream, attempts, wasFirstPaid);

    /// <summary>Nobody else was disturbed: a further request is answered as usual.</summary>
    public async Task AssertHealthyAsync()
    {
        using var response = await Gateway.Client.GetAsync("health/ready");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var answer = await Gateway.SendAsync(Ask.Whole.Replace("auto", $"{_models[^1].Name}/small", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
    }

    /// <summary>Changes the providers, and waits until that is in use.</summary>
    public async Task ReloadAsync(string providers)
    {
        var store = Gateway.Services.GetRequiredService<PolicyStore>();
        var version = store.Current.Version;
        await File.WriteAllTextAsync(Path.Combine(Gateway.PoliciesFolder, "providers.yaml"), $"providers:\n{providers}");
        await Wait.UntilAsync(() => store.Current.Version > version);
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        foreach (var model in _models)
        {
            await model.Fake.DisposeAsync();
        }
    }
}
