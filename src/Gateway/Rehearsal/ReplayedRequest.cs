using Gateway.Contracts.OpenAI;
using Gateway.Records;
using Gateway.Routing;

namespace Gateway.Rehearsal;

/// <summary>A recorded request, ready to be made again.</summary>
/// <param name="Record">What was recorded.</param>
/// <param name="Profile">What routing sees of it.</param>
/// <param name="Body">A body of its kind, with other words.</param>
/// <param name="After">Since the first request.</param>
internal sealed record ReplayedRequest(DecisionRecord Record, RequestProfile Profile, OpenAIRequest Body, TimeSpan After);
