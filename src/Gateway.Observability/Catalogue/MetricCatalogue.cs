using System.Collections.Immutable;
using static Gateway.Observability.Catalogue.MetricKind;

namespace Gateway.Observability.Catalogue;

/// <summary>
/// Every metric of the gateway. Those named <c>gen_ai.*</c> are defined by OpenTelemetry's semantic conventions for generative AI
/// (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/), with their units, attributes and bucket bounds.
/// </summary>
public static class MetricCatalogue
{
    private static readonly ImmutableArray<string> PerAnswer = [MetricLabel.Route, MetricLabel.Model, MetricLabel.Provider, MetricLabel.Stream];
    private static readonly ImmutableArray<string> PerGenAIModel = [MetricLabel.Operation, MetricLabel.GenAIProvider, MetricLabel.RequestModel];

    public static readonly MetricDefinition FirstToken = new(
        Histogram, "gateway.first_token", MetricUnit.Seconds,
        "Time from the arrival of a request until its first token, reasoning included, was sent to the client.", PerAnswer)
    { Bounds = BucketBounds.FirstToken, HasExemplars = true };

    public static readonly MetricDefinition FirstContentToken = new(
        Histogram, "gateway.first_content_token", MetricUnit.Seconds,
        "Time from the arrival of a request until its first token that is not reasoning was sent to the client.", PerAnswer)
    { Bounds = BucketBounds.FirstToken, HasExemplars = true };

    public static readonly MetricDefinition UpstreamFirstToken = new(
        Histogram, "gateway.upstream.first_token", MetricUnit.Seconds,
        "Time from the start of an attempt until its first token, reasoning included, came from the model's side.",
        [MetricLabel.Model, MetricLabel.Provider, MetricLabel.Stream])
    { Bounds = BucketBounds.FirstToken, HasExemplars = true };

    public static readonly MetricDefinition InterToken = new(
        Histogram, "gateway.inter_token", MetricUnit.Seconds,
        "Time between two events with tokens of one stream, as they came from the model's side.", [MetricLabel.Model, MetricLabel.Provider])
    { Bounds = BucketBounds.InterToken };

    public static readonly MetricDefinition Overhead = new(
        Histogram, "gateway.overhead", MetricUnit.Seconds,
        "Time that a request spent in the gateway without waiting for the client or the provider.", [MetricLabel.Route, MetricLabel.Provider, MetricLabel.Stream])
    { Bounds = BucketBounds.Overhead };

    public static readonly MetricDefinition RequestDuration = new(
        Histogram, "gateway.request.duration", MetricUnit.Seconds, "Time from the arrival of a request until its answer was complete or given up.", PerAnswer)
    { Bounds = BucketBounds.Duration, HasExemplars = true };

    public static readonly MetricDefinition Requests = new(
        Counter, "gateway.requests", MetricUnit.Requests, "Requests that ended, by how they ended.",
        [MetricLabel.Route, MetricLabel.Model, MetricLabel.Provider, MetricLabel.Outcome, MetricLabel.Code]);

    public static readonly MetricDefinition RequestsInFlight = new(
        Gauge, "gateway.requests.in_flight", MetricUnit.Requests, "Requests that have come and not ended.");

    public static readonly MetricDefinition Attempts = new(
        Counter, "gateway.attempts", MetricUnit.Attempts, "Attempts at candidates that ended, by why they were made and how they ended.",
        [MetricLabel.Provider, MetricLabel.Role, MetricLabel.Outcome]);

    public static readonly MetricDefinition Failovers = new(
        Counter, "gateway.failovers", MetricUnit.Requests, "Requests that went from one model to another, and why.", [MetricLabel.From, MetricLabel.To, MetricLabel.Cause]);

    public static readonly MetricDefinition BreakerState = new(
        Gauge, "gateway.breaker.state", MetricUnit.None, "The circuit of a model that has failed: 0 closed, 1 half open, 2 open.", [MetricLabel.Model, MetricLabel.Provider])
    { IsObserved = true };

    public static readonly MetricDefinition FaultsActive = new(
        Gauge, "gateway.faults.active", MetricUnit.None, "Faults that are injected into a provider at this moment; nothing while there are none.", [MetricLabel.Provider])
    { IsObserved = true };

    public static readonly MetricDefinition RecordsDropped = new(
        Counter, "gateway.records.dropped", MetricUnit.None, "Decision records that were not written, because the disk was slow, full or gone.");

    public static readonly MetricDefinition Tokens = new(
        Counter, "gateway.tokens", MetricUnit.Tokens, "Tokens that providers reported: cached_input is part of input, reasoning is part of output.",
        [MetricLabel.Model, MetricLabel.Provider, MetricLabel.Kind]);

    public static readonly MetricDefinition Spend = new(
        Counter, "gateway.spend", MetricUnit.Dollars, "What calls of models cost by the prices of the catalogue, failed and overtaken ones included, as it is charged to budgets.",
        [MetricLabel.Team, MetricLabel.Model]);

    public static readonly MetricDefinition BudgetRemaining = new(
        Gauge, "gateway.budget.remaining_ratio", MetricUnit.None,
        "The share of a limit that is neither spent nor held, as this gateway saw it last; negative when it is overdrawn.", [MetricLabel.Limit, MetricLabel.Scope])
    { IsObserved = true };

    public static readonly MetricDefinition BudgetStoreUp = new(
        Gauge, "gateway.budget.store_up", MetricUnit.None, "Whether the store of counters and ledger answered the last call: 1 or 0; absent when nothing is counted.")
    { IsObserved = true };

    public static readonly MetricDefinition BudgetPending = new(
        Gauge, "gateway.budget.pending_settlements", MetricUnit.Requests, "Requests that ran and wait until the store of the ledger answers.")
    { IsObserved = true };

    public static readonly MetricDefinition BudgetPendingAge = new(
        Gauge, "gateway.budget.pending_age", MetricUnit.Seconds, "For how long the request that waits longest for the store of the ledger has waited; 0 while none does.")
    { IsObserved = true };

    public static readonly MetricDefinition KeysStaleness = new(
        Gauge, "gateway.keys.staleness", MetricUnit.Seconds, "For how long managed keys were not seen in their store: changes of others may be unknown for as long.")
    { IsObserved = true };

    public static readonly MetricDefinition IdempotentRetries = new(
        Counter, "gateway.idempotency.retries", MetricUnit.Requests,
        "Requests with an Idempotency-Key that need not run: replayed, given the answer of one that had ended; joined, of one under way; or refused, for the key was used for another request.",
        [MetricLabel.Outcome]);

    public static readonly MetricDefinition WebhookAttempts = new(
        Counter, "gateway.webhook.attempts", MetricUnit.Requests, "Notices that were sent to a webhook: delivered, failed, to be sent again, or given_up.", [MetricLabel.Outcome]);

    public static readonly MetricDefinition WebhookBacklog = new(
        Gauge, "gateway.webhook.backlog", MetricUnit.Requests, "Notices of all gateways on this store that have not arrived yet.")
    { IsObserved = true };

    public static readonly MetricDefinition BudgetHolds = new(
        Gauge, "gateway.budget.open_requests", MetricUnit.Requests, "Requests of this gateway that are reserved and not settled.")
    { IsObserved = true };

    public static readonly MetricDefinition BudgetHoldsExpired = new(
        Counter, "gateway.budget.holds_expired", MetricUnit.Requests, "Requests whose holds this gateway gave back because nobody settled them.");

    public static readonly MetricDefinition BudgetLost = new(
        Counter, "gateway.budget.lost_settlements", MetricUnit.Requests, "Requests that ran and that the store of the ledger refuses for good.");

    public static readonly MetricDefinition GenAITimeToFirstToken = new(
        Histogram, "gen_ai.server.time_to_first_token", MetricUnit.Seconds,
        "Time from the arrival of a request until its first token came, for streams that ended well.", PerGenAIModel)
    { Bounds = BucketBounds.GenAITimeToFirstToken, HasExemplars = true };

    public static readonly MetricDefinition GenAITimePerOutputToken = new(
        Histogram, "gen_ai.server.time_per_output_token", MetricUnit.Seconds,
        "Time per output token after the first, for streams that ended well.", PerGenAIModel)
    { Bounds = BucketBounds.GenAITimePerOutputToken };

    public static readonly MetricDefinition GenAITokenUsage = new(
        Histogram, "gen_ai.client.token.usage", MetricUnit.Tokens, "Input and output tokens of an answer.", [.. PerGenAIModel, MetricLabel.TokenType])
    { Bounds = BucketBounds.GenAITokenUsage };

    public static readonly MetricDefinition GenAIOperationDuration = new(
        Histogram, "gen_ai.client.operation.duration", MetricUnit.Seconds, "Duration of an attempt at a provider.",
        [.. PerGenAIModel, MetricLabel.RequestStream, MetricLabel.ErrorType])
    { Bounds = BucketBounds.GenAIOperationDuration };

    public static readonly MetricDefinition EngineInfo = Engine(
        Gauge, "info", MetricUnit.None, "Always 1; its labels say which model is loaded, in which form, and what computes it.",
        MetricLabel.Family, MetricLabel.Weights, MetricLabel.Device);

    public static readonly MetricDefinition EngineLoaded = new(
        Gauge, "gateway.engine.loaded_ratio", MetricUnit.None, "The share of the model's weights that is loaded: 1 when it serves; absent when no model is wanted, or the engine has stopped.")
    { IsObserved = true };

    public static readonly MetricDefinition EngineRunning = Engine(Gauge, "running", MetricUnit.Requests, "Requests that take part in the engine's steps.");
    public static readonly MetricDefinition EngineWaiting = Engine(
        Gauge, "waiting", MetricUnit.Requests, "Requests that wait for cache blocks or a place in the batch, those that lost theirs included.", MetricLabel.Priority);

    public static readonly MetricDefinition EngineQueueWait = EngineSeconds("queue_wait", "Time from the arrival of a request in the engine to its first step.", MetricLabel.Priority);
    public static readonly MetricDefinition EngineFirstToken = EngineSeconds("first_token", "Time from the arrival of a request in the engine to its first token.");
    public static readonly MetricDefinition EngineTimePerToken = EngineSeconds("time_per_token", "Time from one token of a request to its next.");

    public static readonly MetricDefinition EngineBatchSize = new(
        Histogram, "gateway.engine.batch_size", MetricUnit.Requests, "Requests that took part in a forward pass.", [MetricLabel.Model])
    { Bounds = BucketBounds.EngineBatch, IsObserved = true };

    public static readonly MetricDefinition EngineBlocks = Engine(Gauge, "kv_blocks", MetricUnit.Blocks, "Blocks of the KV cache: free, cached and held.");
    public static readonly MetricDefinition EngineFreeBlocks = Engine(Gauge, "kv_blocks_free", MetricUnit.Blocks, "Blocks of the KV cache that no request holds and that hold nothing of use.");
    public static readonly MetricDefinition EngineCachedBlocks = Engine(Gauge, "kv_blocks_cached", MetricUnit.Blocks, "Blocks of the KV cache that no request holds and that a later prompt may find.");
    public static readonly MetricDefinition EngineHeldBlocks = Engine(Gauge, "kv_blocks_held", MetricUnit.Blocks, "Blocks of the KV cache that requests hold; one that several share counts once.");
    public static readonly MetricDefinition EngineTokenSize = Engine(Gauge, "kv_token_size", MetricUnit.Bytes, "Memory that one token takes in the KV cache.");
    public static readonly MetricDefinition EngineSteps = Engine(Counter, "steps", MetricUnit.Steps, "Forward passes.");
    public static readonly MetricDefinition EngineTokensComputed = Engine(
        Counter, "tokens_computed", MetricUnit.Tokens, "Tokens that went through the model: prefill of prompts, recomputed ones included, and decode of answers.", MetricLabel.Kind);

    public static readonly MetricDefinition EngineTokensGenerated = Engine(Counter, "tokens_generated", MetricUnit.Tokens, "Tokens that were sampled.");
    public static readonly MetricDefinition EngineTokensTruncated = Engine(Counter, "prompt_tokens_truncated", MetricUnit.Tokens, "Tokens cut off prompts that were too long.");
    public static readonly MetricDefinition EnginePreemptions = Engine(Counter, "preemptions", MetricUnit.Preemptions, "Requests that lost their cache blocks to another.");
    public static readonly MetricDefinition EnginePrefixQueries = Engine(Counter, "prefix_queries", MetricUnit.Prompts, "Prompts that were looked up in the prefix cache.");
    public static readonly MetricDefinition EnginePrefixHits = Engine(Counter, "prefix_hits", MetricUnit.Prompts, "Prompts whose beginning was found in the prefix cache.");
    public static readonly MetricDefinition EnginePrefixQueryTokens = Engine(Counter, "prefix_query_tokens", MetricUnit.Tokens, "Tokens of the prompts that were looked up in the prefix cache.");
    public static readonly MetricDefinition EnginePrefixHitTokens = Engine(Counter, "prefix_hit_tokens", MetricUnit.Tokens, "Tokens of prompts that were found in the prefix cache, and so not computed.");
    public static readonly MetricDefinition EnginePrefixEvictions = Engine(Counter, "prefix_evictions", MetricUnit.Blocks, "Cached blocks that were given to other tokens.");

    public static readonly MetricDefinition PolicyVersion = new(
        Gauge, "gateway.policy.version", MetricUnit.None, "How many snapshots of the policies this process has used.")
    { IsObserved = true };

    public static readonly MetricDefinition PolicyInfo = new(
        Gauge, "gateway.policy.info", MetricUnit.None, "Always 1; its label says which policies are in use.", [MetricLabel.ContentHash])
    { IsObserved = true };

    public static readonly MetricDefinition PolicyLoaded = new(
        Gauge, "gateway.policy.loaded_timestamp", MetricUnit.Seconds, "When the policies in use were loaded, as Unix time.")
    { IsObserved = true };

    public static readonly MetricDefinition PolicyErrors = new(
        Gauge, "gateway.policy.errors", MetricUnit.Errors, "Errors of the newest edit of the policies; above 0, the policies before it stay in use.")
    { IsObserved = true };

    public static readonly MetricDefinition PolicyReloads = new(
        Counter, "gateway.policy.reloads", MetricUnit.Reloads, "Edits of the policies, by whether they were taken.", [MetricLabel.Outcome]);

    public static readonly MetricDefinition ObservationReplicas = new(
        Gauge, "gateway.observation.replicas", MetricUnit.Replicas,
        "Replicas that are alive and whose observations this one routes by, itself included.")
    { IsObserved = true };

    public static readonly MetricDefinition RedisUp = new(
        Gauge, "gateway.redis.up", MetricUnit.None, "Whether Redis answered the last call: 1 or 0; absent when none is configured.")
    { IsObserved = true };

    public static readonly MetricDefinition LedgerRecords = new(
        Counter, "gateway.ledger.records", MetricUnit.None,
        "Settled requests on their way into the SQL ledger: added, known (there already) or rejected (set aside in ledger_rejected).", [MetricLabel.Outcome]);

    public static readonly MetricDefinition LedgerErrors = new(
        Counter, "gateway.ledger.errors", MetricUnit.Errors, "Attempts to move settled requests into the SQL ledger that failed; they are repeated.");

    public static readonly MetricDefinition LedgerBacklog = new(
        Gauge, "gateway.ledger.backlog", MetricUnit.None,
        "Settled requests that are not in the SQL ledger yet, those of all gateways on one Redis; absent while that is not known.")
    { IsObserved = true };

    public static readonly MetricDefinition LedgerLag = new(
        Gauge, "gateway.ledger.lag", MetricUnit.Seconds, "For how long the oldest of the backlog has been waiting; absent while that is not known.")
    { IsObserved = true };

    public static readonly MetricDefinition BuildInfo = new(
        Gauge, "gateway.build.info", MetricUnit.None, "Always 1; its labels say what runs.", [MetricLabel.Version, MetricLabel.Runtime])
    { IsObserved = true };

    public static readonly MetricDefinition ProcessCpu = new(
        Counter, "process.cpu", MetricUnit.Seconds, "Processor time of this process, user and system.")
    { IsObserved = true };

    public static readonly MetricDefinition ProcessResidentMemory = new(
        Gauge, "process.resident_memory", MetricUnit.Bytes, "Physical memory of this process.")
    { IsObserved = true };

    public static readonly MetricDefinition ProcessStartTime = new(
        Gauge, "process.start_time", MetricUnit.Seconds, "When this process started, as Unix time.")
    { IsObserved = true };

    public static readonly MetricDefinition ProcessThreads = new(
        Gauge, "process.threads", MetricUnit.Threads, "Operating system threads of this process.")
    { IsObserved = true };

    public static readonly MetricDefinition ManagedHeap = new(
        Gauge, "dotnet.gc.heap", MetricUnit.Bytes, "Memory that .NET's garbage collector counts as in use.")
    { IsObserved = true };

    public static readonly MetricDefinition ManagedCommitted = new(
        Gauge, "dotnet.gc.committed", MetricUnit.Bytes, "Memory that .NET's garbage collector had after its last collection, in use or kept for what is allocated next.")
    { IsObserved = true };

    /// <summary>Every metric, in the order in which they are exposed.</summary>
    public static ImmutableArray<MetricDefinition> All { get; } =
    [
        FirstToken, FirstContentToken, UpstreamFirstToken, InterToken, Overhead, RequestDuration, Requests, RequestsInFlight, Attempts, Failovers, BreakerState, FaultsActive, RecordsDropped, Tokens, Spend,
        BudgetRemaining, BudgetStoreUp, BudgetPending, BudgetPendingAge, BudgetHolds, BudgetHoldsExpired, BudgetLost,
        KeysStaleness, IdempotentRetries, WebhookAttempts, WebhookBacklog,
        GenAITimeToFirstToken, GenAITimePerOutputToken, GenAITokenUsage, GenAIOperationDuration,
        EngineInfo, EngineLoaded, EngineRunning, EngineWaiting, EngineQueueWait, EngineFirstToken, EngineTimePerToken, EngineBatchSize,
        EngineBlocks, EngineFreeBlocks, EngineCachedBlocks, EngineHeldBlocks, EngineTokenSize,
        EngineSteps, EngineTokensComputed, EngineTokensGenerated, EngineTokensTruncated, EnginePreemptions,
        EnginePrefixQueries, EnginePrefixHits, EnginePrefixQueryTokens, EnginePrefixHitTokens, EnginePrefixEvictions,
        PolicyVersion, PolicyInfo, PolicyLoaded, PolicyErrors, PolicyReloads,
        ObservationReplicas, RedisUp,
        LedgerRecords, LedgerErrors, LedgerBacklog, LedgerLag,
        BuildInfo, ProcessCpu, ProcessResidentMemory, ProcessStartTime, ProcessThreads, ManagedHeap, ManagedCommitted,
    ];

    private static MetricDefinition Engine(MetricKind kind, string name, string unit, string description, params ReadOnlySpan<string> labels) =>
        new(kind, $"gateway.engine.{name}", unit, description, [MetricLabel.Model, .. labels]) { IsObserved = true };

    private static MetricDefinition EngineSeconds(string name, string description, params ReadOnlySpan<string> labels) =>
        new(Histogram, $"gateway.engine.{name}", MetricUnit.Seconds, description, [MetricLabel.Model, .. labels])
        { Bounds = BucketBounds.Engine, IsObserved = true };
}
