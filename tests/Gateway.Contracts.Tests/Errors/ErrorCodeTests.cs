using System.Reflection;
using Gateway.Contracts.Errors;
using Xunit;

namespace Gateway.Contracts.Tests.Errors;

public sealed class ErrorCodeTests
{
    [Fact]
    public void All_IsEveryCodeThereIsOnce()
    {
        var declared = typeof(ErrorCode).GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.FieldType == typeof(ErrorCode)).Select(field => (ErrorCode)field.GetValue(null)!);
        Assert.Equal(declared.Select(code => code.Name).Order(), ErrorCode.All.Select(code => code.Name).Order());
        Assert.Equal(ErrorCode.All.Length, ErrorCode.All.Select(code => code.Name).Distinct().Count());
    }

    [Fact]
    public void All_BelongToAFamilyWithAStatusThatFits() => Assert.All(ErrorCode.All, code =>
    {
        Assert.Contains(code.Name.Split('_')[0], new[] { "caller", "policy", "provider" });
        Assert.InRange(code.Status, 400, 599);
        Assert.Equal(code.Name, code.ToString());
        if (code.Name.StartsWith("caller_", StringComparison.Ordinal))
        {
            Assert.InRange(code.Status, 400, 499);
        }
    });
}
