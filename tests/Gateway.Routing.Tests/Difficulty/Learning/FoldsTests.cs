using Gateway.Routing.Difficulty.Learning;
using Xunit;

namespace Gateway.Routing.Tests.Difficulty.Learning;

public sealed class FoldsTests
{
    [Fact]
    public void Assign_Groups_NeverLieInTwoFoldsAndFillAll()
    {
        string[] groups = [.. Enumerable.Range(0, 300).Select(i => $"g{i % 40}")];

        int[] folds = Folds.Assign(groups, 5, seed: 7);

        Assert.All(groups.Zip(folds).GroupBy(pair => pair.First), group => Assert.Single(group.Select(pair => pair.Second).Distinct()));
        Assert.All(Enumerable.Range(0, 5), fold => Assert.InRange(folds.Count(other => other == fold), 50, 70));
        Assert.Equal(folds, Folds.Assign(groups, 5, seed: 7));
        Assert.NotEqual(folds, Folds.Assign(groups, 5, seed: 8));
    }
}
