using Gateway.Observability.Exposition;
using Xunit;

namespace Gateway.Observability.Tests.Exposition;

public sealed class ExpositionFormatsTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("*/*")]
    [InlineData("text/html, application/xhtml+xml, */*;q=0.8")]
    [InlineData("text/plain;version=0.0.4")]
    [InlineData("application/openmetrics-text;q=0")]
    [InlineData("application/openmetrics-text;q=0.3, text/plain;q=0.5")]
    [InlineData("application/openmetrics-text;version=2.0.0, text/plain;q=0.1")]
    [InlineData(";;;, =, \u0001, application/")]
    public void Choose_ClientWithoutOpenMetrics_IsPrometheusText(string? accept) => Assert.Equal(ExpositionFormat.PrometheusText, ExpositionFormats.Choose(accept));

    [Theory]
    [InlineData("application/openmetrics-text")]
    [InlineData("Application/OpenMetrics-Text; Version=\"1.0.0\"")]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1")]
    [InlineData("text/plain;q=0.5, garbage, application/openmetrics-text;version=1.0.0;q=0.5")]
    public void Choose_ClientThatPrefersOpenMetrics_IsOpenMetrics(string accept) => Assert.Equal(ExpositionFormat.OpenMetrics, ExpositionFormats.Choose(accept));

    [Fact]
    public void ContentType_OfEachFormat_IsTheSpecifiedOne()
    {
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", ExpositionFormat.PrometheusText.ContentType());
        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", ExpositionFormat.OpenMetrics.ContentType());
    }
}
