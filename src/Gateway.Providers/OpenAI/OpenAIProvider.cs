using System.Runtime.CompilerServices;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Providers.OpenAI;

/// <summary>Serves a request from a provider that speaks OpenAI's dialect, through YARP's forwarder.</summary>
public sealed class OpenAIProvider(IHttpForwarder forwarder, UpstreamClients clients, TimeProvider time) : IProviderClient
{
    /// <summary>Lives as long as the definition does, that is until the policies change.</summary>
    private readonly ConditionalWeakTable<UpstreamDefinition, UpstreamEndpoint> _endpoints = [];

    /// <summary>Kept, so that a look-up makes no new delegate.</summary>
    private readonly ConditionalWeakTable<UpstreamDefinition, UpstreamEndpoint>.CreateValueCallback _createEndpoint =
        definition => new UpstreamEndpoint(definition, clients.For(definition));

    public ProviderDialect Dialect => ProviderDialect.OpenAI;

    public async Task<AttemptFailure?> SendAsync(AttemptRequest attempt, IAnswerSink sink, AnswerMeter meter, CancellationToken cancellationToken)
    {
        var definition = attempt.Provider.Upstream ?? throw new ArgumentException($"Provider '{attempt.Provider.Name}' has no upstream.", nameof(attempt));
        var endpoint = _endpoints.GetValue(definition, _createEndpoint);
        using var exchange = new UpstreamExchange(attempt, endpoint, sink, meter, time, cancellationToken);
        var error = await forwarder.SendAsync(
            exchange.Context, endpoint.Prefix, endpoint.Client, endpoint.RequestConfig, OpenAITransformer.Instance, exchange.Token).ConfigureAwait(false);
        meter.Clock.EndWait();

        if (exchange.Answer.Tap is { } tap)
        {
            return await EndStreamAsync(exchange, tap, error, cancellationToken).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var outcome = new UpstreamOutcome(attempt, endpoint, exchange, error, exchange.Context.Features.Get<IForwarderErrorFeature>()?.Exception, time);
        var facts = AnswerReader.Read(exchange.Answer.Gathered.Span);
        if (outcome.Failure(facts) is { } failure)
        {
            return failure;
        }

        meter.Observe(facts);
        await sink.SendAsync(exchange.Head!, exchange.Answer.Gathered, cancellationToken).ConfigureAwait(false);
        return null;
    }

    private static async Task<AttemptFailure?> EndStreamAsync(
        UpstreamExchange exchange, EventStreamTap tap, ForwarderError error, CancellationToken cancellationToken)
    {
        if (tap.IsCompleted)
        {
            // Whatever befell the connection afterwards, the client has its whole answer.
            return null;
        }

        cancellationToken.ThrowIfCancellationRequested();
        await tap.EndAsync(cancellationToken).ConfigureAwait(false);
        return tap.IsCompleted ? null : UpstreamOutcome.OfStream(tap.Failure!, error, exchange);
    }
}
