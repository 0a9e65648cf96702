using Gateway.Providers.Simulation;

namespace Gateway.Providers.Tests;

/// <summary>A virtual clock whose timers come before their time, as those of a coarse kernel tick may.</summary>
internal sealed class EarlyTimers : VirtualTime
{
    private static readonly TimeSpan Early = TimeSpan.FromMilliseconds(8);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > Early ? dueTime - Early : dueTime, period);
}
