using Grpc.Core;
using Wire = Remote.Protocol;

namespace Remote.Tests;

[Trait("Behaviour", "D-01")]
public sealed class ProcessPatternTests
{
    [Theory]
    [InlineData("alp", Wire.ListProcessesMatchType.MatchPartOfString, "alphabet", true)]
    [InlineData("ALP", Wire.ListProcessesMatchType.MatchPartOfString, "alphabet", true)]
    [InlineData("habe", Wire.ListProcessesMatchType.MatchPartOfString, "alphabet", true)]
    [InlineData("gamma", Wire.ListProcessesMatchType.MatchPartOfString, "alphabet", false)]
    [InlineData("alpha", Wire.ListProcessesMatchType.MatchExactString, "alpha", true)]
    [InlineData("alpha", Wire.ListProcessesMatchType.MatchExactString, "alphabet", false)]
    [InlineData("Alpha", Wire.ListProcessesMatchType.MatchExactString, "alpha", false)]
    [InlineData("^a.*t$", Wire.ListProcessesMatchType.MatchRegex, "alphabet", true)]
    [InlineData("^b", Wire.ListProcessesMatchType.MatchRegex, "alphabet", false)]
    [InlineData("", Wire.ListProcessesMatchType.MatchExactString, "anything", true)]
    public void Matches_ByType(string pattern, Wire.ListProcessesMatchType type, string id, bool expected) =>
        Assert.Equal(expected, ProcessPattern.Parse(new Wire.ListProcessesRequest { Pattern = pattern, Type = type }, TestTime.Ceiling)(id));

    [Theory]
    [InlineData("[", Wire.ListProcessesMatchType.MatchRegex)]
    [InlineData("(a)\\1", Wire.ListProcessesMatchType.MatchRegex)]
    [InlineData("(?=a)", Wire.ListProcessesMatchType.MatchRegex)]
    [InlineData("a", (Wire.ListProcessesMatchType)7)]
    public void Parse_BadPattern_IsInvalidArgumentAndNamesIt(string pattern, Wire.ListProcessesMatchType type)
    {
        var request = new Wire.ListProcessesRequest { Pattern = pattern, Type = type };
        var exception = Assert.Throws<RpcException>(() => ProcessPattern.Parse(request, TestTime.Ceiling));

        Assert.Equal(StatusCode.InvalidArgument, exception.StatusCode);
        Assert.Contains(type == Wire.ListProcessesMatchType.MatchRegex ? pattern : "7", exception.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_TooLong_IsInvalidArgument()
    {
        Assert.Throws<RpcException>(() => ProcessPattern.Parse(new Wire.ListProcessesRequest { Pattern = new string('a', 257) }, TestTime.Ceiling));
        ProcessPattern.Parse(new Wire.ListProcessesRequest { Pattern = new string('a', 256) }, TestTime.Ceiling);
    }
}
