using Gateway.Spending;

namespace Gateway.Pipeline;

/// <summary>Settles what was not settled with the end of the answer: failed and abandoned requests, and those with several calls. It runs however the request ended.</summary>
public sealed class SettleStage(RequestSettler settler)
{
    public ValueTask RunAsync(GatewayRequest request) => settler.SettleAsync(request);
}
