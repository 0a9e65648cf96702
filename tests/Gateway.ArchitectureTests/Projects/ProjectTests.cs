using System.Xml.Linq;
using Xunit;

namespace Gateway.ArchitectureTests.Projects;

public sealed class ProjectTests
{
    [Fact]
    public void References_OfTheRepository_AreAsTheArchitectureSays() => Violations.AssertNone(ReferenceRules.Check(ProjectFile.All));

    [Theory]
    [InlineData("Gateway.Contracts", """<ProjectReference Include="../Gateway.Policies/Gateway.Policies.csproj" />""", "references [Gateway.Policies]")]
    [InlineData("Gateway.Routing", "", "the architecture says [Gateway.Contracts, Gateway.Policies]")]
    [InlineData("Gateway.Contracts", """<PackageReference Include="YamlDotNet" />""", "belongs to Gateway.Policies")]
    [InlineData("Gateway.Contracts", """<PackageReference Include="Yarp.ReverseProxy" />""", "belongs to Gateway.Providers")]
    [InlineData("Gateway.Contracts", """<PackageReference Include="StackExchange.Redis" />""", "belongs to Gateway.Redis")]
    [InlineData("Gateway.Contracts", """<PackageReference Include="xunit.v3" />""", "belongs to tests")]
    [InlineData("Gateway.Contracts", """<PackageReference Include="Newtonsoft.Json" />""", "has no owner")]
    [InlineData("Gateway.Engine", """<FrameworkReference Include="Microsoft.AspNetCore.App" />""", "uses ASP.NET Core")]
    [InlineData("Gateway.Surprise", "", "a new project")]
    public void References_Violation_IsFound(string name, string items, string expected)
    {
        var project = ProjectFile.Parse($"src/{name}/{name}.csproj", $"""<Project Sdk="Microsoft.NET.Sdk"><ItemGroup>{items}</ItemGroup></Project>""");

        Assert.Contains(expected, Assert.Single(ReferenceRules.Check([project])), StringComparison.Ordinal);
    }

    [Fact]
    public void References_WebSdkOutsideTheHost_IsFound()
    {
        var project = ProjectFile.Parse("src/Gateway.Engine/Gateway.Engine.csproj", """<Project Sdk="Microsoft.NET.Sdk.Web" />""");

        Assert.Contains("uses ASP.NET Core", Assert.Single(ReferenceRules.Check([project])), StringComparison.Ordinal);
    }

    [Fact]
    public void Solution_OfTheRepository_HasEveryProject() =>
        Violations.AssertNone(SolutionRules.CheckMembership(Repository.Read("Gateway.sln"), ProjectFile.All));

    [Fact]
    public void Solution_ProjectLeftOut_IsFound()
    {
        var project = ProjectFile.Parse("tests/A.Tests/A.Tests.csproj", "<Project />");

        Assert.Single(SolutionRules.CheckMembership("\"tests\\B.Tests\\B.Tests.csproj\"", [project]));
        Assert.Empty(SolutionRules.CheckMembership("\"tests\\A.Tests\\A.Tests.csproj\"", [project]));
    }

    [Fact]
    public void Tests_OfTheRepository_CoverEveryProject() => Violations.AssertNone(SolutionRules.CheckTested(ProjectFile.All));

    [Fact]
    public void Tests_ProjectWithout_IsFound()
    {
        var product = ProjectFile.Parse("src/A/A.csproj", "<Project />");
        var tests = ProjectFile.Parse(
            "tests/A.Tests/A.Tests.csproj",
            """<Project><ItemGroup><PackageReference Include="Microsoft.NET.Test.Sdk" /><ProjectReference Include="../../src/A/A.csproj" /></ItemGroup></Project>""");

        Assert.Single(SolutionRules.CheckTested([product]));
        Assert.Empty(SolutionRules.CheckTested([product, tests]));
    }

    [Fact]
    public void Switches_OfTheRepository_AreOn() =>
        Violations.AssertNone(PropertyRules.CheckSwitches(XElement.Parse(Repository.Read("Directory.Build.props")), ProjectFile.All));

    [Fact]
    public void Switches_OffOrOverruled_AreFound()
    {
        var project = ProjectFile.Parse(
            "src/A/A.csproj", "<Project><PropertyGroup><TreatWarningsAsErrors>false</TreatWarningsAsErrors></PropertyGroup></Project>");

        var found = PropertyRules.CheckSwitches(XElement.Parse("<Project />"), [project]).ToList();

        Assert.Contains("Directory.Build.props: DisableTransitiveProjectReferences is not on.", found);
        Assert.Contains(found, violation => violation.StartsWith("src/A/A.csproj: sets TreatWarningsAsErrors", StringComparison.Ordinal));
    }

    [Fact]
    public void Packages_OfTheRepository_AreExplainedAndUsed() =>
        Violations.AssertNone(PropertyRules.CheckPackages(XElement.Parse(Repository.Read("Directory.Packages.props")), ProjectFile.All));

    [Fact]
    public void Packages_UnexplainedOrUnused_AreFound()
    {
        var props = XElement.Parse("""<Project><ItemGroup><PackageVersion Include="A" Version="1" /><!-- Why. --><PackageVersion Include="B" Version="1" /></ItemGroup></Project>""");
        var user = ProjectFile.Parse("src/U/U.csproj", """<Project><ItemGroup><PackageReference Include="A" /></ItemGroup></Project>""");

        Assert.Equal(
            ["Directory.Packages.props: no comment says what A is for.", "Directory.Packages.props: no project uses B. Remove it."],
            PropertyRules.CheckPackages(props, [user]));
    }
}
