using Gateway.Providers.Faults;

namespace Gateway.Faults;

/// <summary>A fault that is injected.</summary>
/// <param name="Id">Takes it away: <c>DELETE /admin/faults/{id}</c>.</param>
/// <param name="Provider">Whom it strikes.</param>
/// <param name="Model">Which of its models; absent for all.</param>
/// <param name="Fault">What goes wrong.</param>
/// <param name="Since">When it was injected.</param>
/// <param name="Until">When it ends by itself.</param>
/// <param name="Struck">How many calls it has struck.</param>
internal sealed record FaultReport(string Id, string Provider, string? Model, FaultDetail Fault, DateTimeOffset Since, DateTimeOffset? Until, int Struck)
{
    public static FaultReport Of(ActiveFault fault) =>
        new(fault.Id, fault.Target.Provider, fault.Target.Model, FaultDetail.Of(fault.Fault), fault.Since, fault.Until, fault.Struck);
}
