using System.Diagnostics.Metrics;
using Gateway.Budgets;
using Gateway.Observability;
using Gateway.Observability.Catalogue;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Providers;

namespace Gateway.Metering;

/// <summary>Measures what answers used and cost, and how fast their tokens came.</summary>
internal sealed class UsageMetrics(GatewayMeter meter, TimeProvider time)
{
    private const double NanoDollarsPerDollar = 1e9;

    private readonly Counter<long> _tokens = meter.Counter<long>(MetricCatalogue.Tokens);
    private readonly Counter<double> _spend = meter.Counter<double>(MetricCatalogue.Spend);
    private readonly Histogram<double> _usage = meter.Histogram(MetricCatalogue.GenAITokenUsage);
    private readonly Histogram<double> _timeToFirstToken = meter.Histogram(MetricCatalogue.GenAITimeToFirstToken);
    private readonly Histogram<double> _timePerOutputToken = meter.Histogram(MetricCatalogue.GenAITimePerOutputToken);

    public void Record(GatewayRequest request)
    {
        RecordSpend(request);
        if (request is not { Model: { } model, Meter: { } answer })
        {
            return;
        }

        RecordTokens(request, model, answer);
        if (request is { IsAnswered: true, Body.Stream: true })
        {
            RecordSpeed(request, model, answer);
        }
    }

    /// <summary>Of every call that is billed, also of those that gave no answer.</summary>
    private void RecordSpend(GatewayRequest request)
    {
        if (request.Spending?.Bill is not { } bill)
        {
            return;
        }

        for (int i = 0; i < bill.Calls.Length; i++)
        {
            if (bill.Calls[i].Basis != CostBasis.Hold || bill.Costs[i] > 0)
            {
                _spend.Add(
                    bill.Costs[i] / NanoDollarsPerDollar,
                    new(MetricLabel.Team, request.Key?.Team ?? MetricLabel.None),
                    new(MetricLabel.Model, bill.Calls[i].Model.Name));
            }
        }
    }

    private void RecordTokens(GatewayRequest request, ModelCard model, AnswerMeter answer)
    {
        if (answer.Usage is not { } usage)
        {
            return;
        }

        Count("input", usage.Input);
        Count("cached_input", usage.CachedInput);
        Count("output", usage.Output);
        Count("reasoning", usage.Reasoning);
        RecordUsage("input", usage.Input);
        RecordUsage("output", usage.Output);

        void Count(string kind, long tokens) =>
            _tokens.Add(tokens, new(MetricLabel.Model, model.Name), new(MetricLabel.Provider, model.Provider), new(MetricLabel.Kind, kind));

        void RecordUsage(string type, long tokens)
        {
            var tags = MetricTags.GenAI(request.Endpoint, model);
            tags.Add(MetricLabel.TokenType, type);
            _usage.Record(tokens, tags);
        }
    }

    /// <summary>A first token only has a time of its own in a stream: an answer in one piece comes with its last.</summary>
    private void RecordSpeed(GatewayRequest request, ModelCard model, AnswerMeter answer)
    {
        if (answer is not { FirstTokenAt: { } first, LastTokenAt: { } last })
        {
            return;
        }

        var tags = MetricTags.GenAI(request.Endpoint, model);
        if (answer.Usage is { Output: > 1 and var output })
        {
            _timePerOutputToken.Record(time.GetElapsedTime(first, last).TotalSeconds / (output - 1), tags);
        }

        tags.Add(MetricLabel.RequestId, request.Id);
        _timeToFirstToken.Record(time.GetElapsedTime(request.StartedAt, first).TotalSeconds, tags);
    }
}
