using System.Collections.Frozen;
using Gateway.Policies;
using Gateway.Providers;
using Gateway.Providers.Failover;
using Gateway.Providers.Faults;
using Gateway.Providers.Simulation;
using Gateway.Records;

namespace Gateway.Rehearsal;

/// <summary>
/// Models that behave as they were recorded. A call that the request really made goes as it went; any other is drawn from calls of its model
/// around that time, the same one under each policy.
/// </summary>
internal sealed class ReplayedModels : ISimulatedModels, IFaultSource
{
    private const int UsualTokens = 200;
    private const double UsualTokensPerSecond = 50;
    private static readonly TimeSpan UsualFirstToken = TimeSpan.FromSeconds(1);

    private readonly FrozenDictionary<string, ReplayedRequest> _requests;
    private readonly FrozenDictionary<string, ModelHistory> _models;
    private readonly int _usualTokens;
    private readonly Dictionary<(string Request, string Model), int> _calls = [];
    private readonly Dictionary<(string Request, string Model), CallSample?> _current = [];
    private readonly HashSet<string> _assumed = new(StringComparer.Ordinal);

    public ReplayedModels(RecordedTraffic traffic)
    {
        _requests = traffic.Requests.Index().ToFrozenDictionary(entry => $"{entry.Index + 1}", entry => entry.Item, StringComparer.Ordinal);
        _models = traffic.Requests
            .SelectMany(request => request.Record.Attempts.Select(call => (call.Model, Sample: CallSamples.Of(request.Record, call))))
            .Where(call => call.Sample is not null)
            .GroupBy(call => call.Model, call => call.Sample!, StringComparer.Ordinal)
            .ToFrozenDictionary(calls => calls.Key, calls => new ModelHistory(calls), StringComparer.Ordinal);
        long[] lengths = [.. traffic.Requests.Select(request => TokensOf(request.Record)).OfType<long>().Order()];
        _usualTokens = lengths.Length > 0 ? (int)lengths[lengths.Length / 2] : UsualTokens;
    }

    /// <summary>Models that were called and are not in the recording: they behave as their cards say, else as models usually do.</summary>
    public IEnumerable<string> Assumed => _assumed.Order(StringComparer.Ordinal);

    public Fault? Next(AttemptRequest attempt)
    {
        var key = (attempt.RequestId, attempt.Model.QualifiedName);
        var number = _calls[key] = _calls.GetValueOrDefault(key) + 1;
        var sample = _current[key] = SampleOf(attempt, number);
        return sample?.Fault is { } fault && Concerns(fault, attempt) ? fault : null;
    }

    SimulatedCall ISimulatedModels.Next(AttemptRequest attempt)
    {
        var request = _requests[attempt.RequestId];
        var model = attempt.Model;
        var history = _models.GetValueOrDefault(model.QualifiedName);
        var sample = _current[(attempt.RequestId, model.QualifiedName)];
        var tokens = (int)Math.Clamp(TokensOf(request.Record) ?? _usualTokens, 1, model.MaxOutputTokens);
        var perToken = sample?.PerToken ?? history?.UsualPerToken ?? TimeSpan.FromSeconds(1 / (model.TypicalTokensPerSecond ?? UsualTokensPerSecond));
        var firstToken = sample?.FirstToken ?? model.TypicalFirstToken ?? UsualFirstToken;
        var reported = request.Record.Attempts.FirstOrDefault(call => call.Model == model.QualifiedName)?.InputTokens;
        var prompt = reported ?? request.Profile.PromptTokens(model.Tokenizer);

        // Several tokens in one event, two events a second, keep long answers cheap to replay.
        var events = (int)Math.Clamp(Math.Ceiling(perToken.TotalSeconds * tokens * 2), Math.Min(tokens, 8), tokens);
        var between = events > 1 ? perToken * (tokens - 1) / (events - 1) : TimeSpan.Zero;
        return new SimulatedCall(firstToken, between, events, (int)Math.Min(prompt, int.MaxValue)) { ReportedTokens = tokens };
    }

    private static long? TokensOf(DecisionRecord record)
    {
        var answered = record.Attempts.LastOrDefault(call => RecordNames.Find<AttemptOutcome>(call.Outcome) == AttemptOutcome.Answered);
        return answered?.OutputTokens is > 0 and var tokens ? tokens : null;
    }

    /// <summary>A refusal to continue shows in continuations only.</summary>
    private static bool Concerns(Fault fault, AttemptRequest attempt) =>
        fault.Kind != FaultKind.RejectPrefill || attempt.Continuation is { Text.Length: > 0 };

    private CallSample? SampleOf(AttemptRequest attempt, int number)
    {
        var name = attempt.Model.QualifiedName;
        var request = _requests[attempt.RequestId];
        var own = request.Record.Attempts.Where(call => call.Model == name).Select(call => CallSamples.Of(request.Record, call)).OfType<CallSample>();
        if (own.ElementAtOrDefault(number - 1) is { } sample)
        {
            return sample;
        }

        if (_models.TryGetValue(name, out var history))
        {
            return history.Draw(request.Record.Time, Chance(request.Profile.Fingerprint, name, number));
        }

        _assumed.Add(name);
        return null;
    }

    /// <summary>The same for the same call, whatever the policy.</summary>
    private static double Chance(ulong fingerprint, string model, int number)
    {
        var seed = fingerprint + (ulong)number;
        foreach (var character in model)
        {
            seed = (seed * 0x100000001B3) ^ character;
        }

        return new Jitter(seed).Next();
    }
}
