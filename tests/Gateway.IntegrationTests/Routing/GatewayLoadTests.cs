using Gateway.Pipeline;
using Gateway.Policies;
using Xunit;

namespace Gateway.IntegrationTests.Routing;

public sealed class GatewayLoadTests
{
    [Fact]
    public void PressureUnder_RequestsComeAndGo_FollowsThem()
    {
        var load = new GatewayLoad();
        var policy = new FailoverPolicy { BrownOut = new BrownOutPolicy { StartInFlight = 2, FullInFlight = 4 } };
        Assert.Equal(0, load.PressureUnder(policy));
        Parallel.For(0, 3, _ => load.Enter());
        Assert.Equal((3, 0.5), (load.InFlight, load.PressureUnder(policy)));
        Assert.Equal(0, load.PressureUnder(FailoverPolicy.Default));
        Parallel.For(0, 3, _ => load.Leave());
        Assert.Equal((0, 0), (load.InFlight, load.PressureUnder(policy)));
    }
}
