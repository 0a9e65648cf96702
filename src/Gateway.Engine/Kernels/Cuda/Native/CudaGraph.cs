namespace Gateway.Engine.Kernels.Cuda.Native;

internal sealed class CudaGraph(CudaContext context, nint executable) : GpuGraph
{
    public void Launch(nint stream) => DriverApi.Check(DriverApi.GraphLaunch(executable, stream), "cuGraphLaunch");

    public void Upload(nint stream) => DriverApi.Check(DriverApi.GraphUpload(executable, stream), "cuGraphUpload");

    public override void Dispose()
    {
        context.Enter();
        DriverApi.Check(DriverApi.GraphExecutableDestroy(executable), "cuGraphExecDestroy");
    }
}
