namespace Remote.Transport.Tests;

public sealed class GrpcClientPrepareTests
{
    [Fact]
    public void Prepare_Twice_LeavesNothingBehindAndThrowsNothing()
    {
        GrpcClient.Prepare();
        GrpcClient.Prepare();
    }
}
