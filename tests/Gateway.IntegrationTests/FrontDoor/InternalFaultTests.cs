using Gateway.Contracts.Errors;
using Gateway.Policies;
using Gateway.Providers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace Gateway.IntegrationTests.FrontDoor;

/// <summary>A fault in the gateway itself.</summary>
public sealed class InternalFaultTests
{
    private const string Detail = "the inner detail that is nobody's business";

    [Fact]
    public async Task Chat_GatewayFails_AnswersInShapeWithoutDetailsAndLogsThem()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(setup =>
        {
            setup.ProvidersYaml = "providers: { up: { dialect: openai, baseUrl: http://127.0.0.1:9/v1, models: { m: { contextWindow: 100 } } } }";
            setup.RoutesYaml = "routes: { auto: { candidates: [ up/m ] } }";
            setup.Services = services => services.RemoveAll<IProviderClient>().AddSingleton<IProviderClient, FaultyClient>();
        });
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = new StringContent("""{"model":"auto","messages":[{"role":"user","content":"hi"}]}""", null, "application/json"),
        };

        var answer = await gateway.Client.ReadAsync(request);

        var message = answer.ShouldBe(ErrorCode.ProviderInternal);
        Assert.Contains(answer.Headers.GetValues("x-request-id").Single(), message, StringComparison.Ordinal);
        Assert.DoesNotContain(Detail, answer.Body, StringComparison.Ordinal);
        await gateway.LoggedAsync(Detail);
    }

    private sealed class FaultyClient : IProviderClient
    {
        public ProviderDialect Dialect => ProviderDialect.OpenAI;

        public Task<AttemptFailure?> SendAsync(AttemptRequest attempt, IAnswerSink sink, AnswerMeter meter, CancellationToken cancellationToken) =>
            throw new InvalidOperationException(Detail);
    }
}
