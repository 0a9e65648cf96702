using System.Collections.Immutable;
using System.Diagnostics;
using Gateway.Contracts.Errors;
using Gateway.Contracts.OpenAI;
using Gateway.Idempotency;
using Gateway.Policies;
using Gateway.Providers;
using Gateway.Providers.Failover;
using Gateway.Routing;
using Gateway.Spending;

namespace Gateway.Pipeline;

/// <summary>
/// The state of one request on its way through the stages. Each stage reads what the ones before it wrote, and writes only its own part.
/// </summary>
public sealed class GatewayRequest(HttpContext http, OpenAIEndpoint endpoint, PolicySnapshot policies, TimeProvider time)
{
    public HttpContext Http { get; } = http;

    /// <summary>What is asked for: by the address, or by the body where one address takes the bodies of all.</summary>
    public OpenAIEndpoint Endpoint { get; internal set; } = endpoint;

    /// <summary>The policies in force when the request came; a reload meanwhile does not touch it.</summary>
    public PolicySnapshot Policies { get; } = policies;

    /// <summary>Timestamp of the arrival (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public long StartedAt { get; } = time.GetTimestamp();

    /// <summary>Keeps apart the gateway's time and that of the client and the provider.</summary>
    public WaitClock Clock { get; } = new(time);

    /// <summary>The id in <c>x-request-id</c>, unique, made by the gateway.</summary>
    public string Id => Http.TraceIdentifier;

    /// <summary>Record: the request's span; null when nobody traces.</summary>
    public Activity? Span { get; set; }

    /// <summary>Authenticate: who is asking; null when the gateway runs without keys.</summary>
    public VirtualKey? Key { get; set; }

    /// <summary>Read: what is asked.</summary>
    public OpenAIRequest? Body { get; set; }

    /// <summary>Read: what the client says about spending.</summary>
    public SpendingTerms Terms { get; set; } = SpendingTerms.None;

    /// <summary>Read: who is served first by the local engine.</summary>
    public RequestPriority Priority { get; set; } = RequestPriority.Normal;

    /// <summary>Plan: the limits that the request falls under.</summary>
    public ImmutableArray<AppliedLimit> Limits { get; set; } = [];

    /// <summary>Idempotency: what keeps the answer for retries; null without an <c>Idempotency-Key</c>, and once the request has ended.</summary>
    internal IdempotentExchange? Exchange { get; set; }

    /// <summary>Plan: who may answer.</summary>
    public RoutePlan? Plan { get; set; }

    /// <summary>Reserve: what is held, and later what it cost; null for a request that may not cost anything.</summary>
    internal RequestSpending? Spending { get; set; }

    /// <summary>Dispatch: every call that was made, in the order of their starts.</summary>
    public ImmutableArray<AttemptRecord> Calls { get; set; } = [];

    /// <summary>Dispatch: how many calls were made until the one that answered.</summary>
    public int Attempts { get; set; }

    /// <summary>Dispatch: the candidate that was tried last, which is the one that answered if any did.</summary>
    public ModelCard? Model { get; set; }

    /// <summary>Meter: what passed on the way back.</summary>
    public AnswerMeter? Meter { get; set; }

    /// <summary>Why the request was not answered; null when it was.</summary>
    public GatewayError? Error { get; set; }

    /// <summary>Whether the client has a whole answer.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>Whether the client left before the answer was complete.</summary>
    public bool IsAbandoned { get; set; }
}
