using Xunit;

namespace Gateway.ArchitectureTests.Sources;

public sealed class SourceTests
{
    private const string Anywhere = "src/Gateway.Providers/OpenAI/Sample.cs";

    [Fact]
    public void Sources_OfTheRepository_KeepTheRules()
    {
        Assert.True(Repository.Sources.Count() > 100);
        Violations.AssertNone(Repository.Sources.SelectMany(path => SourceRules.Check(path, Repository.Read(path))));
    }

    [Theory]
    [InlineData("var now = DateTime.Now;")]
    [InlineData("var now = DateTimeOffset . UtcNow;")]
    [InlineData("var today = DateTime.Today;")]
    [InlineData("var watch = Stopwatch.StartNew();")]
    [InlineData("var ticks = Environment.TickCount64;")]
    [InlineData("Thread.Sleep(1);")]
    [InlineData("using var timer = new Timer(_ => { });")]
    [InlineData("await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);")]
    [InlineData("using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));")]
    [InlineData("using var source = new CancellationTokenSource(TimeSpan.FromSeconds(1));")]
    [InlineData("""var text = $"at {DateTime.UtcNow:O}";""")]
    [InlineData("\"\"\"raw \" text\"\"\".Length; Thread.Sleep(1);")]
    [InlineData("var text = $\"\"\"raw {Environment.TickCount} text\"\"\";")]
    [InlineData("unsafe { }")]
    [InlineData("[LibraryImport(\"c\")]")]
    [InlineData("[DllImport(\"c\")]")]
    [InlineData("var answer = task.Result;")]
    [InlineData("task.Wait();")]
    [InlineData("task.GetAwaiter().GetResult();")]
    [InlineData("using Gateway.Engine;")]
    [InlineData("// TODO: finish")]
    [InlineData("// FIXME")]
    public void Sources_Violation_IsFound(string code) => Assert.Single(SourceRules.Check(Anywhere, code));

    [Theory]
    [InlineData("await Task.Delay(wait, _time, cancellationToken);")]
    [InlineData("using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);")]
    [InlineData("using var source = new CancellationTokenSource(limit, timeProvider);")]
    [InlineData("using var source = new CancellationTokenSource();")]
    [InlineData("var timer = time.CreateTimer(_ => { }, null, due, period);")]
    [InlineData("Monitor.Wait(_lock);")]
    [InlineData("var result = Result(answer); var other = answer.Result();")]
    [InlineData("// DateTime.Now is banned; so is task.Wait()")]
    [InlineData("/* Thread.Sleep(1) */")]
    [InlineData("var text = \"DateTime.Now \\\" unsafe\";")]
    [InlineData("var text = @\"DateTime.Now \"\" unsafe\";")]
    [InlineData("var text = $\"{{DateTime.Now}} {value}\";")]
    [InlineData("var text = \"\"\"DateTime.Now \" unsafe\"\"\";")]
    [InlineData("var quote = '\"'; var end = '\\''; // unsafe")]
    public void Sources_AllowedCode_IsNotFound(string code) => Assert.Empty(SourceRules.Check(Anywhere, code));

    [Fact]
    public void Sources_Exceptions_HoldInTheirFoldersOnly()
    {
        Assert.Empty(SourceRules.Check("src/Gateway.Engine/Kernels/Cpu/Sample.cs", "unsafe { }"));
        Assert.Single(SourceRules.Check("src/Gateway.Engine/Models/Sample.cs", "unsafe { }"));
        Assert.Empty(SourceRules.Check("src/Gateway.Providers/Local/Sample.cs", "using Gateway.Engine;"));
    }

    [Fact]
    public void Sources_FileTooLong_IsFound()
    {
        Assert.Empty(SourceRules.Check(Anywhere, new string('\n', 400)));
        Assert.Single(SourceRules.Check(Anywhere, new string('\n', 401)));
    }

    [Fact]
    public void Sources_Violation_IsNamedWithItsLine() =>
        Assert.StartsWith($"{Anywhere}:3: 'Thread.Sleep'", Assert.Single(SourceRules.Check(Anywhere, "/*\n*/\nThread.Sleep(1);")), StringComparison.Ordinal);
}
