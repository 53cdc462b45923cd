<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en_US">
  <context>
    <name>phrases</name>
    <message>
      <source>Qt cannot be loaded: {error}.</source>
      <translation>无法加载 Qt：{error}。</translation>
    </message>
    <message>
      <source>`layerscope doctor` says what is missing.</source>
      <translation>`layerscope doctor` 会指出缺少什么。</translation>
    </message>
    <message>
      <source>There is no folder {folder}.</source>
      <translation>没有文件夹 {folder}。</translation>
    </message>
    <message>
      <source>Benchmarks come with a clone of the repository: run them there.</source>
      <translation>基准测试随代码仓库提供：请在那里运行。</translation>
    </message>
    <message>
      <source>There is no benchmark “{name}”.</source>
      <translation>没有名为“{name}”的基准测试。</translation>
    </message>
    <message>
      <source>Choose one of: {names}.</source>
      <translation>可选：{names}。</translation>
    </message>
    <message>
      <source>Which model is the picture of?</source>
      <translation>要给哪个模型生成图片？</translation>
    </message>
    <message>
      <source>Name a preset or a path, as in: layerscope shot char-gpt -o step.png</source>
      <translation>请给出预设名或路径，例如：layerscope shot char-gpt -o step.png</translation>
    </message>
    <message>
      <source>{path} cannot be trained here: only presets come with data and a plan.</source>
      <translation>{path} 不能在这里训练：只有预设附带数据和训练计划。</translation>
    </message>
    <message>
      <source>Take a preset, or --view graph or --view step.</source>
      <translation>请改用预设，或者 --view graph、--view step。</translation>
    </message>
    <message>
      <source>--beside is for a picture of the graph: --view graph or --view step.</source>
      <translation>--beside 用于图的图片：--view graph 或 --view step。</translation>
    </message>
    <message>
      <source>--trust, --class, --arg, --input, --text, --weights and --random are for a model of your own, by its path.</source>
      <translation>--trust、--class、--arg、--input、--text、--weights 和 --random 只用于按路径打开的你自己的模型。</translation>
    </message>
    <message>
      <source>A preset says these things in its preset.toml.</source>
      <translation>预设在它的 preset.toml 里写明这些。</translation>
    </message>
    <message>
      <source>The weights could not be written to {path}; they are in {rescued}.</source>
      <translation>权重无法写入 {path}；它们保存在 {rescued}。</translation>
    </message>
    <message>
      <source>Move that file to where you want it.</source>
      <translation>请把该文件移到你想要的位置。</translation>
    </message>
    <message>
      <source>{path} cannot be written: {why}.</source>
      <translation>无法写入 {path}：{why}。</translation>
    </message>
    <message>
      <source>Give a file in a folder that exists and that you may write to.</source>
      <translation>请指定一个存在且可写的文件夹中的文件。</translation>
    </message>
    <message>
      <source>The output cannot be written: {why}.</source>
      <translation>输出无法写入：{why}。</translation>
    </message>
    <message>
      <source>Free some space, or send it elsewhere.</source>
      <translation>请腾出一些空间，或输出到别处。</translation>
    </message>
    <message>
      <source>--set {entry} is not NAME=VALUE.</source>
      <translation>--set {entry} 不是“名称=值”的形式。</translation>
    </message>
    <message>
      <source>As in --set learning_rate=0.01.</source>
      <translation>例如 --set learning_rate=0.01。</translation>
    </message>
    <message>
      <source>--{name} and --set {name} say two things.</source>
      <translation>--{name} 与 --set {name} 给了两个不同的值。</translation>
    </message>
    <message>
      <source>Leave one of them out.</source>
      <translation>请去掉其中一个。</translation>
    </message>
    <message>
      <source>The training cannot run so: {mistakes}.</source>
      <translation>无法这样训练：{mistakes}。</translation>
    </message>
    <message>
      <source>docs/presets.md says what is allowed.</source>
      <translation>docs/presets.md 说明了允许的取值。</translation>
    </message>
    <message>
      <source>--prompt is for models that read text, and this one reads none.</source>
      <translation>--prompt 用于读取文本的模型，而此模型不读文本。</translation>
    </message>
    <message>
      <source>--input says what it is given.</source>
      <translation>用 --input 说明给它什么输入。</translation>
    </message>
    <message>
      <source>set to 0</source>
      <translation>置零</translation>
    </message>
    <message>
      <source>times {amount}</source>
      <translation>乘以 {amount}</translation>
    </message>
    <message>
      <source>set to {amount}</source>
      <translation>设为 {amount}</translation>
    </message>
    <message>
      <source>plus noise, σ {amount}</source>
      <translation>加噪声，σ {amount}</translation>
    </message>
    <message>
      <source>set to their mean</source>
      <translation>设为均值</translation>
    </message>
    <message>
      <source>from the pass beside</source>
      <translation>取自旁边那次运行</translation>
    </message>
    <message>
      <source>from the earlier input</source>
      <translation>取自上一个输入</translation>
    </message>
    <message>
      <source>[{cells}] has {count} places, and the value has {axes} axes.</source>
      <translation>[{cells}] 有 {count} 项，而该值有 {axes} 个轴。</translation>
    </message>
    <message>
      <source>Write one place for each axis, as in :, 2, 0:4.</source>
      <translation>每个轴写一项，例如 :, 2, 0:4。</translation>
    </message>
    <message>
      <source>[{cells}] is no index: “{part}” is neither a position nor a range.</source>
      <translation>[{cells}] 不是索引：“{part}”既不是位置也不是范围。</translation>
    </message>
    <message>
      <source>[{cells}] has no cell here: along that axis “{part}” is not within 0…{last}.</source>
      <translation>[{cells}] 在这里没有单元：在该轴上“{part}”不在 0…{last} 之内。</translation>
    </message>
    <message>
      <source>{path} holds no changes: {error}.</source>
      <translation>{path} 中没有改变：{error}。</translation>
    </message>
    <message>
      <source>A change has a value, a kind, and what docs/changes.md says.</source>
      <translation>一项改变要有 value、kind 以及 docs/changes.md 所说的内容。</translation>
    </message>
    <message>
      <source>{path} could not be written: {error}.</source>
      <translation>无法写入 {path}：{error}。</translation>
    </message>
    <message>
      <source>Choose another place.</source>
      <translation>请换一个位置。</translation>
    </message>
    <message>
      <source>{path} could not be read: {error}.</source>
      <translation>无法读取 {path}：{error}。</translation>
    </message>
    <message>
      <source>{file} has {count} mistake(s):
{mistakes}</source>
      <translation>{file} 有 {count} 处错误：
{mistakes}</translation>
    </message>
    <message>
      <source>docs/changes.md lists every key.</source>
      <translation>docs/changes.md 列出了所有键。</translation>
    </message>
    <message>
      <source>class</source>
      <translation>类</translation>
    </message>
    <message>
      <source>settings</source>
      <translation>设置</translation>
    </message>
    <message>
      <source>shape</source>
      <translation>形状</translation>
    </message>
    <message>
      <source>data type</source>
      <translation>数据类型</translation>
    </message>
    <message>
      <source>parameters</source>
      <translation>参数</translation>
    </message>
    <message>
      <source>inputs</source>
      <translation>输入</translation>
    </message>
    <message>
      <source>outputs</source>
      <translation>输出</translation>
    </message>
    <message>
      <source>width</source>
      <translation>宽度</translation>
    </message>
    <message>
      <source>input width</source>
      <translation>输入宽度</translation>
    </message>
    <message>
      <source>none</source>
      <translation>无</translation>
    </message>
    <message>
      <source>returned</source>
      <translation>被返回</translation>
    </message>
    <message>
      <source>not returned</source>
      <translation>不被返回</translation>
    </message>
    <message>
      <source>The forward pass stopped in {op} ({place}), given {shapes}, at {source}: the input has {has} features, the weight takes {takes}. PyTorch says: {text}</source>
      <translation>前向传播在 {source} 处停在 {op}（{place}），得到的是 {shapes}：输入有 {has} 个特征，而权重要求 {takes} 个。PyTorch 的原话：{text}</translation>
    </message>
    <message>
      <source>The forward pass stopped in {op} ({place}), given {shapes}, at {source}: a row of the first has {has} numbers, a column of the second {takes}. PyTorch says: {text}</source>
      <translation>前向传播在 {source} 处停在 {op}（{place}），得到的是 {shapes}：第一个的每行有 {has} 个数，第二个的每列有 {takes} 个数。PyTorch 的原话：{text}</translation>
    </message>
    <message>
      <source>The forward pass stopped in {op} ({place}), given {shapes}, at {source}: the input has {has} channels, the weight takes {takes}. PyTorch says: {text}</source>
      <translation>前向传播在 {source} 处停在 {op}（{place}），得到的是 {shapes}：输入有 {has} 个通道，而权重要求 {takes} 个。PyTorch 的原话：{text}</translation>
    </message>
    <message>
      <source>The forward pass stopped in {op} ({place}), given {shapes}, at {source}: axis {axis} is {has} in the first and {takes} in the second; they must be equal, or one of them 1. PyTorch says: {text}</source>
      <translation>前向传播在 {source} 处停在 {op}（{place}），得到的是 {shapes}：轴 {axis} 在第一个中是 {has}，在第二个中是 {takes}；两者必须相等，或其中一个为 1。PyTorch 的原话：{text}</translation>
    </message>
    <message>
      <source>y[i] = 1 where i = class, else 0</source>
      <translation>y[i] = 1 若 i = 类别，其余为 0</translation>
    </message>
    <message>
      <source>y = Σ over the repeated indices</source>
      <translation>y = Σ 对重复下标求和</translation>
    </message>
    <message>
      <source>y = softmax(Q·Kᵀ / √d + mask) · V</source>
      <translation>y = softmax(Q·Kᵀ / √d + 掩码) · V</translation>
    </message>
    <message>
      <source>h = norm(x + attention(x)), y = norm(h + feed-forward(h))</source>
      <translation>h = 归一化(x + 注意力(x))，y = 归一化(h + 前馈(h))</translation>
    </message>
    <message>
      <source>yᵢ = value if maskᵢ else xᵢ</source>
      <translation>yᵢ = 掩码ᵢ 为真时取给定值，否则取 xᵢ</translation>
    </message>
    <message>
      <source>y = (x − μ) / √(σ² + ε) · γ + β, per channel</source>
      <translation>y = (x − μ) / √(σ² + ε) · γ + β，逐通道</translation>
    </message>
    <message>
      <source>y = (x − μ) / √(σ² + ε) · γ + β, per group</source>
      <translation>y = (x − μ) / √(σ² + ε) · γ + β，逐组</translation>
    </message>
    <message>
      <source>y = (x − μ) / √(σ² + ε) · γ + β, per map</source>
      <translation>y = (x − μ) / √(σ² + ε) · γ + β，逐特征图</translation>
    </message>
    <message>
      <source>y = x if x &gt; 0, else a·(exp(x) − 1)</source>
      <translation>y = x 若 x &gt; 0，否则 a·(exp(x) − 1)</translation>
    </message>
    <message>
      <source>y = x · mask / (1 − p) in training, x otherwise</source>
      <translation>训练时 y = x · 掩码 / (1 − p)，否则 y = x</translation>
    </message>
    <message>
      <source>y = max over each window</source>
      <translation>y = 每个窗口内的最大值</translation>
    </message>
    <message>
      <source>y[c,i,j] = max over each window</source>
      <translation>y[c,i,j] = 每个窗口内的最大值</translation>
    </message>
    <message>
      <source>y = mean over each window</source>
      <translation>y = 每个窗口内的均值</translation>
    </message>
    <message>
      <source>y[c,i,j] = mean over each window</source>
      <translation>y[c,i,j] = 每个窗口内的均值</translation>
    </message>
    <message>
      <source>y = mean over each cell of a grid</source>
      <translation>y = 网格每格内的均值</translation>
    </message>
    <message>
      <source>y = max over each cell of a grid</source>
      <translation>y = 网格每格内的最大值</translation>
    </message>
    <message>
      <source>y = x resampled</source>
      <translation>y = x 重采样</translation>
    </message>
    <message>
      <source>y = mean of x</source>
      <translation>y = x 的均值</translation>
    </message>
    <message>
      <source>y = max of x</source>
      <translation>y = x 的最大值</translation>
    </message>
    <message>
      <source>y = index of the largest x</source>
      <translation>y = 最大的 x 的下标</translation>
    </message>
    <message>
      <source>yᵢ = one number</source>
      <translation>yᵢ = 同一个数</translation>
    </message>
    <message>
      <source>yᵢ = what the memory held</source>
      <translation>yᵢ = 内存中原有的内容</translation>
    </message>
    <message>
      <source>yᵢⱼ = 1 where i = j, else 0</source>
      <translation>i = j 处 yᵢⱼ = 1，其余为 0</translation>
    </message>
    <message>
      <source>y = numbers evenly spaced from start to end</source>
      <translation>y = 从起点到终点等距的数</translation>
    </message>
    <message>
      <source>yᵢ = random, evenly from 0 to 1</source>
      <translation>yᵢ = 0 到 1 之间均匀分布的随机数</translation>
    </message>
    <message>
      <source>yᵢ = random, normal around 0 with deviation 1</source>
      <translation>yᵢ = 均值 0、标准差 1 的正态随机数</translation>
    </message>
    <message>
      <source>yᵢ = random whole number</source>
      <translation>yᵢ = 随机整数</translation>
    </message>
    <message>
      <source>y = 0, 1, 2, … in random order</source>
      <translation>y = 0, 1, 2, … 的随机排列</translation>
    </message>
    <message>
      <source>y = numbers that the code gives</source>
      <translation>y = 代码给出的数</translation>
    </message>
    <message>
      <source>same numbers, new shape</source>
      <translation>数值不变，形状改变</translation>
    </message>
    <message>
      <source>same numbers, axes joined</source>
      <translation>数值不变，轴被合并</translation>
    </message>
    <message>
      <source>same numbers, an axis split</source>
      <translation>数值不变，一个轴被拆分</translation>
    </message>
    <message>
      <source>same numbers, two axes swapped</source>
      <translation>数值不变，两个轴互换</translation>
    </message>
    <message>
      <source>same numbers, axes reordered</source>
      <translation>数值不变，轴重新排列</translation>
    </message>
    <message>
      <source>same numbers, laid out in order</source>
      <translation>数值不变，按顺序存放</translation>
    </message>
    <message>
      <source>y = x[index]</source>
      <translation>y = x[下标]</translation>
    </message>
    <message>
      <source>parts of x along an axis</source>
      <translation>沿一个轴切成的几部分 x</translation>
    </message>
    <message>
      <source>slices of x along an axis</source>
      <translation>沿一个轴取出的每一片 x</translation>
    </message>
    <message>
      <source>inputs joined along an axis</source>
      <translation>各输入沿一个轴拼接</translation>
    </message>
    <message>
      <source>inputs joined along a new axis</source>
      <translation>各输入沿一个新轴堆叠</translation>
    </message>
    <message>
      <source>same numbers, axes of size 1 dropped</source>
      <translation>数值不变，去掉大小为 1 的轴</translation>
    </message>
    <message>
      <source>same numbers, an axis of size 1 added</source>
      <translation>数值不变，增加一个大小为 1 的轴</translation>
    </message>
    <message>
      <source>same numbers, repeated along an axis</source>
      <translation>数值不变，沿一个轴重复</translation>
    </message>
    <message>
      <source>same numbers, other type or device</source>
      <translation>数值不变，换了类型或设备</translation>
    </message>
    <message>
      <source>x on and below the diagonal, else 0</source>
      <translation>对角线及其下方为 x，其余为 0</translation>
    </message>
    <message>
      <source>x on and above the diagonal, else 0</source>
      <translation>对角线及其上方为 x，其余为 0</translation>
    </message>
    <message>
      <source>There is no preset “{name}”.</source>
      <translation>没有名为“{name}”的预设。</translation>
    </message>
    <message>
      <source>Choose one of: {names}; or give a folder that holds a preset.toml.</source>
      <translation>可选：{names}；或给出含有 preset.toml 的文件夹。</translation>
    </message>
    <message>
      <source>{file} is not a file.</source>
      <translation>{file} 不是文件。</translation>
    </message>
    <message>
      <source>Remove it, or put the weights there.</source>
      <translation>请将其删除，或把权重文件放在那里。</translation>
    </message>
    <message>
      <source>{file} is not valid TOML: {error}.</source>
      <translation>{file} 不是有效的 TOML：{error}。</translation>
    </message>
    <message>
      <source>Mend that line and open it again.</source>
      <translation>请改正该行后再打开。</translation>
    </message>
    <message>
      <source>{file} cannot be read: {error}.</source>
      <translation>无法读取 {file}：{error}。</translation>
    </message>
    <message>
      <source>Check that the file exists, is UTF-8 text, and that you may read it.</source>
      <translation>请确认文件存在、是 UTF-8 文本，且你有读取权限。</translation>
    </message>
    <message>
      <source>docs/presets.md lists every key.</source>
      <translation>docs/presets.md 列出了所有键。</translation>
    </message>
    <message>
      <source>The name of the folder {folder} is not valid UTF-8.</source>
      <translation>文件夹名 {folder} 不是有效的 UTF-8。</translation>
    </message>
    <message>
      <source>Rename it and open it again.</source>
      <translation>请重命名后再打开。</translation>
    </message>
    <message>
      <source>The pass was recorded without gradients, so there is nothing to go back.</source>
      <translation>这次前向传播没有记录梯度，无法反向。</translation>
    </message>
    <message>
      <source>Record it again with gradients on, outside of torch.no_grad().</source>
      <translation>请在 torch.no_grad() 之外、开启梯度重新记录。</translation>
    </message>
    <message>
      <source>A loss is one number, this is {shape}.</source>
      <translation>损失应是一个数，这里是 {shape}。</translation>
    </message>
    <message>
      <source>Take its sum or mean, or give the gradient of each of its numbers.</source>
      <translation>请取其和或均值，或给出每个数的梯度。</translation>
    </message>
    <message>
      <source>Parts of this pass are checkpointed with use_reentrant=True, and there PyTorch gives no gradients without writing them into the model.</source>
      <translation>这次前向传播的一部分以 use_reentrant=True 设置了检查点，在那里 PyTorch 不把梯度写进模型就给不出梯度。</translation>
    </message>
    <message>
      <source>Call torch.utils.checkpoint.checkpoint with use_reentrant=False.</source>
      <translation>调用 torch.utils.checkpoint.checkpoint 时请用 use_reentrant=False。</translation>
    </message>
    <message>
      <source>The loss itself: it changes as it changes, so its gradient is 1.</source>
      <translation>这就是损失本身：它变化多少就是多少，所以梯度为 1。</translation>
    </message>
    <message>
      <source>Nothing comes back to this number: wherever it was used the slope is 0, or the loss does not depend on what was made of it.</source>
      <translation>没有任何东西传回到这个数：凡用到它的地方斜率都为 0，或者损失不依赖由它得出的结果。</translation>
    </message>
    <message>
      <source>The slopes of the op that used this number cannot be told one by one.</source>
      <translation>用到这个数的算子，其斜率无法逐一说明。</translation>
    </message>
    <message>
      <source>The pass beside has no value {name}.</source>
      <translation>旁边那次运行没有值 {name}。</translation>
    </message>
    <message>
      <source>The pass of the earlier input has no value {name}.</source>
      <translation>上一个输入的那次运行里没有值 {name}。</translation>
    </message>
    <message>
      <source>{name} is {shape} here, and {theirs} in the pass beside.</source>
      <translation>{name} 在这里是 {shape}，在旁边那次运行里是 {theirs}。</translation>
    </message>
    <message>
      <source>{name} is {shape} here, and {theirs} in the pass of the earlier input.</source>
      <translation>{name} 在这里是 {shape}，在上一个输入的那次运行里是 {theirs}。</translation>
    </message>
    <message>
      <source>{name} is {dtype} here, and {theirs} in the pass beside.</source>
      <translation>{name} 在这里是 {dtype}，在旁边那次运行中是 {theirs}。</translation>
    </message>
    <message>
      <source>{name} is {dtype} here, and {theirs} in the pass of the earlier input.</source>
      <translation>{name} 在这里是 {dtype}，在上一个输入的那次运行里是 {theirs}。</translation>
    </message>
    <message>
      <source>No pass is kept beside, from which the numbers could come.</source>
      <translation>旁边没有可以取数的运行。</translation>
    </message>
    <message>
      <source>B keeps the pass on screen; then change the input.</source>
      <translation>按 B 把屏幕上的这次运行放在旁边，然后改变输入。</translation>
    </message>
    <message>
      <source>There is no pass of an earlier input, from which the numbers could come.</source>
      <translation>没有上一个输入的那次运行，数值无从取得。</translation>
    </message>
    <message>
      <source>Change the input: the pass before that is kept.</source>
      <translation>请更换输入：更换之前的那次运行会保留下来。</translation>
    </message>
    <message>
      <source>{name} is {dtype}: it can be set to a number, or taken from another pass.</source>
      <translation>{name} 是 {dtype}：可以设为某个数，或取自另一次运行。</translation>
    </message>
    <message>
      <source>{name} is {dtype}, and {amount} is no number of that kind.</source>
      <translation>{name} 是 {dtype}，而 {amount} 不是这种类型的数。</translation>
    </message>
    <message>
      <source>Give a whole number between {low} and {high}.</source>
      <translation>请给出 {low} 到 {high} 之间的整数。</translation>
    </message>
    <message>
      <source>With this change the pass cannot go on: {error}.</source>
      <translation>有了这项改变，运行无法继续：{error}。</translation>
    </message>
    <message>
      <source>Choose another number or other cells.</source>
      <translation>请换一个数或别的单元。</translation>
    </message>
    <message>
      <source>{name} is no plain tensor, and cannot be changed by cells.</source>
      <translation>{name} 不是普通张量，不能按单元改变。</translation>
    </message>
    <message>
      <source>Cells that both have fit, those within [{fits}]; or give an input as long.</source>
      <translation>两边都有的单元可以用，即 [{fits}] 之内的；也可以给一个同样长的输入。</translation>
    </message>
    <message>
      <source>The checkpoint {file} is damaged.</source>
      <translation>检查点 {file} 已损坏。</translation>
    </message>
    <message>
      <source>Open an earlier checkpoint or the shipped weights.</source>
      <translation>请打开更早的检查点或自带的权重。</translation>
    </message>
    <message>
      <source>{file} does not fit this model (the model's ≠ the file's):
{differences}</source>
      <translation>{file} 与此模型不符（模型的 ≠ 文件的）：
{differences}</translation>
    </message>
    <message>
      <source>Choose weights made for this model, or train it anew.</source>
      <translation>请选择为此模型训练的权重，或重新训练。</translation>
    </message>
    <message>
      <source>{file} cannot be read as weights: {error}.</source>
      <translation>无法把 {file} 读作权重：{error}。</translation>
    </message>
    <message>
      <source>It may be cut off or no safetensors file; choose another.</source>
      <translation>它可能不完整，或不是 safetensors 文件；请另选一个。</translation>
    </message>
    <message>
      <source>{file} cannot be written: {error}.</source>
      <translation>无法写入 {file}：{error}。</translation>
    </message>
    <message>
      <source>Free some space or choose another folder; nothing was lost.</source>
      <translation>请腾出空间或另选文件夹；没有丢失任何东西。</translation>
    </message>
    <message>
      <source>The state that {name} had in this pass could not be kept: {why}</source>
      <translation>{name} 在这次传播中的状态无法保留：{why}</translation>
    </message>
    <message>
      <source>Run the model itself with the change.</source>
      <translation>请用这一改动直接运行模型。</translation>
    </message>
    <message>
      <source>No convolution of real numbers made this value.</source>
      <translation>该值不是由实数卷积得到的。</translation>
    </message>
    <message>
      <source>The text is too short for windows of {context} characters.</source>
      <translation>文本太短，取不出 {context} 个字符的窗口。</translation>
    </message>
    <message>
      <source>Give a smaller model.context or another train.validation.</source>
      <translation>请减小 model.context 或更改 train.validation。</translation>
    </message>
    <message>
      <source>The vocabulary has no {characters}.</source>
      <translation>词表中没有 {characters}。</translation>
    </message>
    <message>
      <source>Leave it out; this model reads {count} characters: {vocabulary}</source>
      <translation>请去掉它；此模型认识 {count} 个字符：{vocabulary}</translation>
    </message>
    <message>
      <source>There is no text to read.</source>
      <translation>没有可读的文字。</translation>
    </message>
    <message>
      <source>Type at least one character.</source>
      <translation>请至少输入一个字符。</translation>
    </message>
    <message>
      <source>The text has {length} characters, but the model reads at most {context}.</source>
      <translation>文字有 {length} 个字符，但模型最多读 {context} 个。</translation>
    </message>
    <message>
      <source>Shorten it.</source>
      <translation>请缩短。</translation>
    </message>
    <message>
      <source>This model reads its preset's kind of input only.</source>
      <translation>此模型只接受其预设规定的那种输入。</translation>
    </message>
    <message>
      <source>{found} numbers were given, but the model takes {wanted}.</source>
      <translation>给了 {found} 个数，但模型需要 {wanted} 个。</translation>
    </message>
    <message>
      <source>There is no sample {index}: the validation data has {count}.</source>
      <translation>没有样本 {index}：验证数据共有 {count} 个。</translation>
    </message>
    <message>
      <source>Choose one between 0 and {last}.</source>
      <translation>请在 0 到 {last} 之间选择。</translation>
    </message>
    <message>
      <source>This model does not read text.</source>
      <translation>此模型不读文字。</translation>
    </message>
    <message>
      <source>There is no device “{wanted}” on this machine.</source>
      <translation>这台机器上没有设备“{wanted}”。</translation>
    </message>
    <message>
      <source>Choose one of: {here}.</source>
      <translation>可选：{here}。</translation>
    </message>
    <message>
      <source>A weight of the model.</source>
      <translation>模型的权重。</translation>
    </message>
    <message>
      <source>A buffer of the model.</source>
      <translation>模型的缓冲区（buffer）。</translation>
    </message>
    <message>
      <source>An input of the model.</source>
      <translation>模型的输入。</translation>
    </message>
    <message>
      <source>A constant: no recorded op made it.</source>
      <translation>常数：不是由记录下的算子算出的。</translation>
    </message>
    <message>
      <source>The op made it from no other number.</source>
      <translation>算子没有用到其他的数就产生了它。</translation>
    </message>
    <message>
      <source>It was drawn at random.</source>
      <translation>它是随机抽取的。</translation>
    </message>
    <message>
      <source>No formula of this op is known, and it has no derivative.</source>
      <translation>这个算子没有已知的公式，也没有导数。</translation>
    </message>
    <message>
      <source>{name} is a {layout} tensor: its cells are not explained.</source>
      <translation>{name} 是 {layout} 张量：无法解释其中各格的由来。</translation>
    </message>
    <message>
      <source>K are those that top-k and top-p leave: the others are never drawn.</source>
      <translation>K 是 top-k 和 top-p 留下的那些：其余的永远不会被抽到。</translation>
    </message>
    <message>
      <source>It is not among K, those that top-k and top-p leave: it is never drawn.</source>
      <translation>它不在 top-k 与 top-p 保留的集合 K 中：永远不会被抽到。</translation>
    </message>
    <message>
      <source>At temperature 0 it is always the likeliest that is drawn.</source>
      <translation>温度为 0 时，总是抽取最可能的那一个。</translation>
    </message>
    <message>
      <source>At temperature 0 it is always the first of the likeliest that is drawn.</source>
      <translation>温度为 0 时，总是抽取最可能的几个中的第一个。</translation>
    </message>
    <message>
      <source>Which cells are kept was drawn at random.</source>
      <translation>保留哪些格是随机抽取的。</translation>
    </message>
    <message>
      <source>a was drawn at random.</source>
      <translation>a 是随机抽取的。</translation>
    </message>
    <message>
      <source>Open the event to see how the weights a came to be.</source>
      <translation>打开这个事件，可以看到权重 a 是怎样算出来的。</translation>
    </message>
    <message>
      <source>What the op did last; open the op to go further back.</source>
      <translation>这是算子做的最后一步；打开这个算子可以继续往前看。</translation>
    </message>
    <message>
      <source>The query may look at no key.</source>
      <translation>这个查询（query）不能查看任何键（key）。</translation>
    </message>
    <message>
      <source>No formula of this op is known: input times slope, to first order.</source>
      <translation>这个算子没有已知的公式：这里是输入乘以斜率，即一阶近似。</translation>
    </message>
    <message>
      <source>The bag is empty.</source>
      <translation>这个袋（bag）是空的。</translation>
    </message>
    <message>
      <source>Every target is ignored.</source>
      <translation>所有目标都被忽略。</translation>
    </message>
    <message>
      <source>A constant that the op wrote.</source>
      <translation>算子写入的常数。</translation>
    </message>
    <message>
      <source>Nothing wrote it: it is what memory held.</source>
      <translation>没有什么写入过它：这是内存里原有的内容。</translation>
    </message>
    <message>
      <source>A constant: no cell of the input is here.</source>
      <translation>常数：这里没有来自输入的格。</translation>
    </message>
    <message>
      <source>y = max of x over the window</source>
      <translation>y = 窗口内 x 的最大值</translation>
    </message>
    <message>
      <source>y = place of the largest x in its plane</source>
      <translation>y = 平面内最大的 x 所在的位置</translation>
    </message>
    <message>
      <source>Take that out of it; nothing else was lost.</source>
      <translation>请把它从代码中去掉；其他内容没有丢失。</translation>
    </message>
    <message>
      <source>The model's code raised {error}, which ends programs.</source>
      <translation>模型的代码引发了 {error}，它会结束程序。</translation>
    </message>
    <message>
      <source>The model's code called sys.exit({code}).</source>
      <translation>模型的代码调用了 sys.exit({code})。</translation>
    </message>
    <message>
      <source>Nothing can be written here: a mask hides the last token.</source>
      <translation>此处无法生成：掩码遮住了最后一个词元。</translation>
    </message>
    <message>
      <source>Give the tokens without padding after them.</source>
      <translation>请给出末尾没有填充的词元。</translation>
    </message>
    <message>
      <source>No token can come after this input: it has no row of tokens (1, T).</source>
      <translation>此输入后面不能接词元：其中没有一行词元 (1, T)。</translation>
    </message>
    <message>
      <source>This model does not write: what it says at a token depends on those after it.</source>
      <translation>此模型不能生成文本：它在某个词元处的输出取决于其后的词元。</translation>
    </message>
    <message>
      <source>Open a model that predicts the next token, as GPT does.</source>
      <translation>请打开像 GPT 那样预测下一个词元的模型。</translation>
    </message>
    <message>
      <source>This model does not write: it keeps a state of its own from pass to pass, so the same tokens give something else each time.</source>
      <translation>该模型不能生成：它在各次前向之间保留自己的状态，因此相同的词元每次得到不同的结果。</translation>
    </message>
    <message>
      <source>Open it without that state, such as keys and values of earlier passes.</source>
      <translation>请在不带这种状态（如先前各次的键和值）的情况下打开它。</translation>
    </message>
    <message>
      <source>The model cannot be given one more token: {text}.</source>
      <translation>无法再给模型一个词元：{text}。</translation>
    </message>
    <message>
      <source>Try a shorter input.</source>
      <translation>请尝试更短的输入。</translation>
    </message>
    <message>
      <source>No token can be drawn: the prediction holds NaN, +∞ or nothing at all.</source>
      <translation>无法抽取词元：预测中有 NaN、+∞，或什么都没有。</translation>
    </message>
    <message>
      <source>F9 finds where it comes up.</source>
      <translation>按 F9 可找到它首次出现的位置。</translation>
    </message>
    <message>
      <source>Nothing can be written here: no single row of tokens (1, T) is read.</source>
      <translation>此处无法续写：模型读入的不是唯一一行词元 (1, T)。</translation>
    </message>
    <message>
      <source>These two values do not have one shape.</source>
      <translation>这两个值的形状不一样。</translation>
    </message>
    <message>
      <source>There is nothing to look at: a {what} is no torch.nn.Module.</source>
      <translation>没有可看的内容：{what} 不是 torch.nn.Module。</translation>
    </message>
    <message>
      <source>Call explorer.view(model, *inputs).</source>
      <translation>请调用 explorer.view(model, *inputs)。</translation>
    </message>
    <message>
      <source>This model is fed by the program that it lives in.</source>
      <translation>此模型的输入由它所在的程序提供。</translation>
    </message>
    <message>
      <source>Call explorer.view again with another input.</source>
      <translation>请用另一个输入再次调用 explorer.view。</translation>
    </message>
    <message>
      <source>The window could not be opened (code {code}).</source>
      <translation>窗口无法打开（代码 {code}）。</translation>
    </message>
    <message>
      <source>The window could not be started: {error}.</source>
      <translation>窗口无法启动：{error}。</translation>
    </message>
    <message>
      <source>Check that {python} is the Python that runs this program.</source>
      <translation>请确认 {python} 就是运行此程序的 Python。</translation>
    </message>
    <message>
      <source>It has {count}, among them: {names}.</source>
      <translation>共有 {count} 个，其中有：{names}。</translation>
    </message>
    <message>
      <source>There is no value {ref} on this tape.</source>
      <translation>这份记录里没有值 {ref}。</translation>
    </message>
    <message>
      <source>There is no value {ref} on this tape: it has {count}.</source>
      <translation>这份记录中没有值 {ref}：共有 {count} 个值。</translation>
    </message>
    <message>
      <source>Take a ref of tape.values, or its name.</source>
      <translation>请使用 tape.values 中的引用或其名称。</translation>
    </message>
    <message>
      <source>{name} has {axes} axes {shape}, and the index {index} has {count}.</source>
      <translation>{name} 有 {axes} 个轴 {shape}，而索引 {index} 有 {count} 个数。</translation>
    </message>
    <message>
      <source>Give one number for every axis.</source>
      <translation>请为每个轴给出一个数。</translation>
    </message>
    <message>
      <source>There is no event {event} on this tape: it has {count}.</source>
      <translation>这份记录里没有事件 {event}：共有 {count} 个。</translation>
    </message>
    <message>
      <source>Take an index or id of tape.events.</source>
      <translation>请使用 tape.events 中的序号或 id。</translation>
    </message>
    <message>
      <source>It has: {names}.</source>
      <translation>现有：{names}。</translation>
    </message>
    <message>
      <source>The pass never read {ref}.</source>
      <translation>这次前向传播从未读取 {ref}。</translation>
    </message>
    <message>
      <source>Index {i} is outside of axis {axis} of {name}, which has {size} places.</source>
      <translation>索引 {i} 超出 {name} 的轴 {axis}，该轴有 {size} 个位置。</translation>
    </message>
    <message>
      <source>Count from 0.</source>
      <translation>请从 0 数起。</translation>
    </message>
    <message>
      <source>There is no event {ref} on this tape.</source>
      <translation>这份记录里没有事件 {ref}。</translation>
    </message>
    <message>
      <source>The engine could not do that: {error}.</source>
      <translation>引擎无法完成：{error}。</translation>
    </message>
    <message>
      <source>The log has the details.</source>
      <translation>详情见日志。</translation>
    </message>
    <message>
      <source>The memory of {device} is full.</source>
      <translation>{device} 的内存已满。</translation>
    </message>
    <message>
      <source>Choose a smaller batch or model, or close what else uses it.</source>
      <translation>请减小批大小或模型，或关闭其他占用者。</translation>
    </message>
    <message>
      <source>Cancelled.</source>
      <translation>已取消。</translation>
    </message>
    <message>
      <source>No model is open.</source>
      <translation>没有打开的模型。</translation>
    </message>
    <message>
      <source>Open a preset first.</source>
      <translation>请先打开一个预设。</translation>
    </message>
    <message>
      <source>This model came without data, so it cannot be trained here.</source>
      <translation>此模型不带数据，无法在这里训练。</translation>
    </message>
    <message>
      <source>Open a preset to train one.</source>
      <translation>要训练，请打开一个预设。</translation>
    </message>
    <message>
      <source>That model lives in another program.</source>
      <translation>那个模型在另一个程序里。</translation>
    </message>
    <message>
      <source>These values are not those of one linear layer.</source>
      <translation>这些值不属于同一个线性层。</translation>
    </message>
    <message>
      <source>This model cannot be run on {count} points of the plane at once: {error}.</source>
      <translation>无法让这个模型一次运行平面上的 {count} 个点：{error}。</translation>
    </message>
    <message>
      <source>On {count} points of the plane at once this model does not compute {value}.</source>
      <translation>一次输入平面上的 {count} 个点时，这个模型不计算 {value}。</translation>
    </message>
    <message>
      <source>{value} is {shape} for {count} points of the plane, not one row of neurons for each of them.</source>
      <translation>对平面上的 {count} 个点，{value} 的形状是 {shape}，而不是每个点一行神经元。</translation>
    </message>
    <message>
      <source>{value} has no picture over the plane: at a point it depends on the other points that the model is given with it.</source>
      <translation>{value} 没有平面上的图：它在一个点上的值还取决于模型同时读入的其他点。</translation>
    </message>
    <message>
      <source>The value has no row {at}.</source>
      <translation>该值没有第 {at} 行。</translation>
    </message>
    <message>
      <source>‖∂z/∂y‖, z: the largest logit of the prediction</source>
      <translation>‖∂z/∂y‖，z：预测中最大的 logit</translation>
    </message>
    <message>
      <source>‖∂s/∂y‖, s: the sum of the output</source>
      <translation>‖∂s/∂y‖，s：输出之和</translation>
    </message>
    <message>
      <source>‖∂s/∂y‖, s: the sum of {output}</source>
      <translation>‖∂s/∂y‖，s：{output} 之和</translation>
    </message>
    <message>
      <source>‖∂L/∂y‖, L: cross-entropy of this sample</source>
      <translation>‖∂L/∂y‖，L：该样本的交叉熵</translation>
    </message>
    <message>
      <source>‖∂L/∂y‖, L: cross-entropy of each next token</source>
      <translation>‖∂L/∂y‖，L：逐个预测下一词元的交叉熵</translation>
    </message>
    <message>
      <source>No gradient leads back from the output: it has whole numbers, or the model computes without gradients.</source>
      <translation>从输出无法反向求梯度：输出是整数，或模型在不记录梯度的情况下计算。</translation>
    </message>
    <message>
      <source>These values have no numbers: they are on the meta device.</source>
      <translation>这些值没有数值：它们在 meta 设备上。</translation>
    </message>
    <message>
      <source>The model has other weights by now than in this pass.</source>
      <translation>模型现在的权重与这次前向传播时不同。</translation>
    </message>
    <message>
      <source>Run it again.</source>
      <translation>请再运行一次。</translation>
    </message>
    <message>
      <source>The output has complex numbers, and gradients lead back from real numbers only.</source>
      <translation>输出是复数，而梯度只能从实数反向求得。</translation>
    </message>
    <message>
      <source>The model gives something else each time it runs, because it keeps something from pass to pass or draws numbers of its own: so no second pass has the gradients of this one.</source>
      <translation>模型每次运行的结果都不同，因为它在各次前向传播之间保留了状态，或自行产生随机数：因此再运行一次也得不到这次前向传播的梯度。</translation>
    </message>
    <message>
      <source>This value is not kept.</source>
      <translation>这个值没有保留。</translation>
    </message>
    <message>
      <source>This value is no plain tensor, and its cells cannot be followed.</source>
      <translation>这个值不是普通张量，无法追踪它的各格。</translation>
    </message>
    <message>
      <source>Choose a cell of what is made from it, or of what it is made from.</source>
      <translation>请选择由它算出的值或它的来源中的一格。</translation>
    </message>
    <message>
      <source>No op of the pass made {name}: it came after that.</source>
      <translation>{name} 不是前向传播中的运算得出的：它在那之后才产生。</translation>
    </message>
    <message>
      <source>Choose a number of the pass, or see what this one was made of.</source>
      <translation>请选择前向传播中的数，或查看这个数由什么算出。</translation>
    </message>
    <message>
      <source>There is no sample {sample} here.</source>
      <translation>这里没有样例 {sample}。</translation>
    </message>
    <message>
      <source>There is no step {step} here.</source>
      <translation>这里没有步 {step}。</translation>
    </message>
    <message>
      <source>{name} went by autograd's graph, and cannot be computed again.</source>
      <translation>{name} 走的是 autograd 的计算图，无法重新计算。</translation>
    </message>
    <message>
      <source>Run the model itself with the change; a replay keeps its path.</source>
      <translation>请带着改动重新运行模型；重放只沿用原来的路径。</translation>
    </message>
    <message>
      <source>{name} is a tensor, and cannot become a {kind}.</source>
      <translation>{name} 是张量，不能换成 {kind}。</translation>
    </message>
    <message>
      <source>Give a tensor of the same shape and dtype.</source>
      <translation>请提供形状和类型相同的张量。</translation>
    </message>
    <message>
      <source>{name} is on {device}, and cannot become a tensor on {other}.</source>
      <translation>{name} 在 {device} 上，不能换成 {other} 上的张量。</translation>
    </message>
    <message>
      <source>Give a tensor on the same device.</source>
      <translation>请给出同一设备上的张量。</translation>
    </message>
    <message>
      <source>{name} is {dtype} {shape}, and cannot become {other_dtype} {other}.</source>
      <translation>{name} 是 {dtype} {shape}，不能改成 {other_dtype} {other}。</translation>
    </message>
    <message>
      <source>{name} shares memory with a changed value, and {op} writes into it.</source>
      <translation>{name} 与一个被改变的值共用内存，而 {op} 会写入其中。</translation>
    </message>
    <message>
      <source>Change {name} itself, or what {op} gives.</source>
      <translation>请改变 {name} 本身，或 {op} 的结果。</translation>
    </message>
    <message>
      <source>With this change {op} goes another way inside.</source>
      <translation>有了这项改变，{op} 内部会走另一条路。</translation>
    </message>
    <message>
      <source>Make the change on another value, or without opening that.</source>
      <translation>请改变别的值，或者不要展开它。</translation>
    </message>
    <message>
      <source>A rollout needs square maps of one size; one is {rows} × {columns}.</source>
      <translation>注意力 rollout 需要大小相同的方阵；有一个是 {rows} × {columns}。</translation>
    </message>
    <message>
      <source>Look at a head, or at the mean of the heads.</source>
      <translation>请看某个头，或各头的平均。</translation>
    </message>
    <message>
      <source>{name} was changed after this pass, and its old value is lost.</source>
      <translation>{name} 在这次传播之后被改动，旧值已丢失。</translation>
    </message>
    <message>
      <source>Run the pass again.</source>
      <translation>请重新运行。</translation>
    </message>
    <message>
      <source>Choose among: {dtypes}; sizes from 0 up; integers, zeros, ones or range.</source>
      <translation>可选类型：{dtypes}；各维大小从 0 起；内容为整数、全 0、全 1 或递增。</translation>
    </message>
    <message>
      <source>There is no dtype “{dtype}” for {name}.</source>
      <translation>{name} 没有类型“{dtype}”可用。</translation>
    </message>
    <message>
      <source>{name} cannot have the shape {shape}.</source>
      <translation>{name} 的形状不能是 {shape}。</translation>
    </message>
    <message>
      <source>{name} of {dtype} is filled with whole numbers only.</source>
      <translation>类型为 {dtype} 的 {name} 只能填整数。</translation>
    </message>
    <message>
      <source>The numbers of {name} end at {high}, outside of {dtype}.</source>
      <translation>{name} 的数的上限是 {high}，超出了 {dtype} 的范围。</translation>
    </message>
    <message>
      <source>This model is not fed with {given}.</source>
      <translation>此模型不接受 {given}。</translation>
    </message>
    <message>
      <source>It takes: {kinds}.</source>
      <translation>它接受：{kinds}。</translation>
    </message>
    <message>
      <source>{name} is no picture of red, green and blue bytes.</source>
      <translation>{name} 不是由红、绿、蓝字节组成的图片。</translation>
    </message>
    <message>
      <source>Choose another picture.</source>
      <translation>请另选一张图片。</translation>
    </message>
    <message>
      <source>The text has {length} bytes, but the model reads at most {longest}.</source>
      <translation>文字有 {length} 个字节，但模型最多读 {longest} 个。</translation>
    </message>
    <message>
      <source>{name} does not fit into the memory of the device.</source>
      <translation>设备的内存放不下 {name}。</translation>
    </message>
    <message>
      <source>{name} is given twice.</source>
      <translation>{name} 给出了两次。</translation>
    </message>
    <message>
      <source>{path} is neither a file nor a folder.</source>
      <translation>{path} 既不是文件也不是文件夹。</translation>
    </message>
    <message>
      <source>Choose a file or a folder.</source>
      <translation>请选择文件或文件夹。</translation>
    </message>
    <message>
      <source>{path} is empty.</source>
      <translation>{path} 是空的。</translation>
    </message>
    <message>
      <source>Fetch it again.</source>
      <translation>请重新获取。</translation>
    </message>
    <message>
      <source>{path} is a web page that was saved under that name.</source>
      <translation>{path} 是以该名称保存的网页。</translation>
    </message>
    <message>
      <source>Download the file itself, not the page that shows it.</source>
      <translation>请下载文件本身，而不是显示它的网页。</translation>
    </message>
    <message>
      <source>{path} is a pointer of git-lfs; the file itself was not fetched.</source>
      <translation>{path} 是 git-lfs 的指针，文件本身尚未获取。</translation>
    </message>
    <message>
      <source>Run “git lfs pull” in its folder.</source>
      <translation>请在它的文件夹里运行“git lfs pull”。</translation>
    </message>
    <message>
      <source>There is nothing at {path}.</source>
      <translation>{path} 处什么也没有。</translation>
    </message>
    <message>
      <source>Check how it is written.</source>
      <translation>请检查是否写对。</translation>
    </message>
    <message>
      <source>{path} may not be read by you.</source>
      <translation>你没有读取 {path} 的权限。</translation>
    </message>
    <message>
      <source>Give yourself the right to read it, or copy it elsewhere.</source>
      <translation>请为自己加上读取权限，或把它复制到别处。</translation>
    </message>
    <message>
      <source>{path} has {size} MB: that is too long for a model's code.</source>
      <translation>{path} 有 {size} MB：作为模型代码太长了。</translation>
    </message>
    <message>
      <source>Choose the file that the model's class is written in.</source>
      <translation>请选择写有模型类的文件。</translation>
    </message>
    <message>
      <source>{path} cannot be read: {error}.</source>
      <translation>无法读取 {path}：{error}。</translation>
    </message>
    <message>
      <source>Choose another.</source>
      <translation>请另选一个。</translation>
    </message>
    <message>
      <source>In the notebook, call explorer.view(model, *inputs); or save its class in a .py file.</source>
      <translation>请在 notebook 中调用 explorer.view(model, *inputs)；或把模型的类保存到 .py 文件。</translation>
    </message>
    <message>
      <source>Open the Python file or the Hugging Face folder that it was made from.</source>
      <translation>请打开生成它的 Python 文件或 Hugging Face 文件夹。</translation>
    </message>
    <message>
      <source>Choose the folder that save_pretrained wrote, or a Python file.</source>
      <translation>请选择 save_pretrained 写出的文件夹，或 Python 文件。</translation>
    </message>
    <message>
      <source>{path} is none of the files that can be opened.</source>
      <translation>{path} 不是可以打开的文件类型。</translation>
    </message>
    <message>
      <source>The folder {path} has neither config.json nor preset.toml.</source>
      <translation>文件夹 {path} 里既没有 config.json 也没有 preset.toml。</translation>
    </message>
    <message>
      <source>In it, these can be opened: {names}.</source>
      <translation>其中可以打开的有：{names}。</translation>
    </message>
    <message>
      <source>Open a Python file, a folder with config.json or preset.toml, or weights: {suffixes}.</source>
      <translation>请打开 Python 文件、含有 config.json 或 preset.toml 的文件夹，或权重：{suffixes}。</translation>
    </message>
    <message>
      <source>{path} holds an adapter: only what was changed of another model.</source>
      <translation>{path} 里是适配器（adapter）：只有对另一个模型所做的改动。</translation>
    </message>
    <message>
      <source>Merge it first: model.merge_and_unload().save_pretrained(…), and open that.</source>
      <translation>请先合并：model.merge_and_unload().save_pretrained(…)，再打开合并后的模型。</translation>
    </message>
    <message>
      <source>The model's forward takes {taken}, but was given {given}.</source>
      <translation>模型的 forward 接受 {taken}，但给出的是 {given}。</translation>
    </message>
    <message>
      <source>Give every argument once, by its name.</source>
      <translation>请按名称给出每个参数，各一次。</translation>
    </message>
    <message>
      <source>{path} is no configuration.</source>
      <translation>{path} 不是配置文件。</translation>
    </message>
    <message>
      <source>Choose the folder that save_pretrained wrote.</source>
      <translation>请选择 save_pretrained 写出的文件夹。</translation>
    </message>
    <message>
      <source>{field} of {path} is {size}, and no size can be negative.</source>
      <translation>{path} 的 {field} 是 {size}，而大小不能是负数。</translation>
    </message>
    <message>
      <source>Mend it in its config.json.</source>
      <translation>请在其 config.json 中改正。</translation>
    </message>
    <message>
      <source>{path} is no configuration of transformers: it names no model_type.</source>
      <translation>{path} 不是 transformers 的配置：没有写明 model_type。</translation>
    </message>
    <message>
      <source>{path} has its weights as a pickle only ({name}), which can run code.</source>
      <translation>{path} 的权重只有 pickle 格式（{name}），而 pickle 可以运行代码。</translation>
    </message>
    <message>
      <source>Where you trust it, convert it once: AutoModel.from_pretrained(folder).save_pretrained(folder).</source>
      <translation>如果你信任它，请转换一次：AutoModel.from_pretrained(folder).save_pretrained(folder)。</translation>
    </message>
    <message>
      <source>Hugging Face folders are opened with transformers, which is not installed.</source>
      <translation>打开 Hugging Face 文件夹需要 transformers，但尚未安装。</translation>
    </message>
    <message>
      <source>Install it: pip install "layerscope[hf]".</source>
      <translation>请安装：pip install "layerscope[hf]"。</translation>
    </message>
    <message>
      <source>transformers {version} does not know “{model}”, which {path} is.</source>
      <translation>{path} 是“{model}”，而 transformers {version} 不认识它。</translation>
    </message>
    <message>
      <source>Update it: pip install -U transformers.</source>
      <translation>请更新：pip install -U transformers。</translation>
    </message>
    <message>
      <source>{path} asks for a tensor with a negative size: {size}.</source>
      <translation>{path} 要求一个大小为负数的张量：{size}。</translation>
    </message>
    <message>
      <source>transformers {version} has no model {name}.</source>
      <translation>transformers {version} 没有模型 {name}。</translation>
    </message>
    <message>
      <source>Choose another of its architectures.</source>
      <translation>请从它的架构中另选一个。</translation>
    </message>
    <message>
      <source>{path} has no weights.</source>
      <translation>{path} 没有权重。</translation>
    </message>
    <message>
      <source>Open it with random ones, or put model.safetensors into it.</source>
      <translation>请用随机权重打开，或把 model.safetensors 放进去。</translation>
    </message>
    <message>
      <source>{path} lacks most weights of {model}: {names}, …</source>
      <translation>{path} 缺少 {model} 的大部分权重：{names}, …</translation>
    </message>
    <message>
      <source>Choose the architecture that it was saved as, or open it with random weights.</source>
      <translation>请选择保存时所用的架构，或用随机权重打开。</translation>
    </message>
    <message>
      <source>transformers {version} has no model for “{model}”.</source>
      <translation>transformers {version} 没有用于“{model}”的模型。</translation>
    </message>
    <message>
      <source>{path} is not valid JSON: {error}.</source>
      <translation>{path} 不是有效的 JSON：{error}。</translation>
    </message>
    <message>
      <source>Fetch it again, or mend that line.</source>
      <translation>请重新获取，或改正该行。</translation>
    </message>
    <message>
      <source>{path} lacks {count} of {all} files of its weights: {names}.</source>
      <translation>{path} 的 {all} 个权重文件缺少 {count} 个：{names}。</translation>
    </message>
    <message>
      <source>Fetch the missing ones into the folder.</source>
      <translation>请把缺少的文件获取到该文件夹。</translation>
    </message>
    <message>
      <source>{path} needs code that it brings along ({model}), which is never run.</source>
      <translation>{path} 需要它自带的代码（{model}），而这种代码从不运行。</translation>
    </message>
    <message>
      <source>Open the Python file with the model's class, and put the weights into it.</source>
      <translation>请打开写有模型类的 Python 文件，再把权重装入模型。</translation>
    </message>
    <message>
      <source>{path} cannot be opened: {error}.</source>
      <translation>无法打开 {path}：{error}。</translation>
    </message>
    <message>
      <source>The tokenizer of {path} cannot be read: {error}.</source>
      <translation>无法读取 {path} 的分词器：{error}。</translation>
    </message>
    <message>
      <source>Fetch its files again; without any, the model opens for token numbers.</source>
      <translation>请重新获取它的文件；若一个也没有，模型打开后接受词元编号。</translation>
    </message>
    <message>
      <source>{place} is not valid Python: {error}.</source>
      <translation>{place} 不是有效的 Python：{error}。</translation>
    </message>
    <message>
      <source>{path} has no model: no class built on torch.nn.Module, and no function that makes one.</source>
      <translation>{path} 里没有模型：既没有基于 torch.nn.Module 的类，也没有生成模型的函数。</translation>
    </message>
    <message>
      <source>Mend it and open it again; the log has the details.</source>
      <translation>请改正后再打开；详情见日志。</translation>
    </message>
    <message>
      <source>Change it and open the model again.</source>
      <translation>请修改后再打开模型。</translation>
    </message>
    <message>
      <source>{path} has no class or function {name}.</source>
      <translation>{path} 里没有类或函数 {name}。</translation>
    </message>
    <message>
      <source>Open the file again and choose another.</source>
      <translation>请再次打开文件并另选一个。</translation>
    </message>
    <message>
      <source>{path} has changed since you allowed it to run.</source>
      <translation>自你允许运行以来，{path} 已有改动。</translation>
    </message>
    <message>
      <source>Open it again, and look at what it says now.</source>
      <translation>请再次打开，看看现在的内容。</translation>
    </message>
    <message>
      <source>Install what it needs beside Layerscope, with pip.</source>
      <translation>请用 pip 把它需要的包安装到 Layerscope 所在的环境。</translation>
    </message>
    <message>
      <source>{owner} needs {name}.</source>
      <translation>{owner} 需要 {name}。</translation>
    </message>
    <message>
      <source>{name} = {given} is no Python literal such as 3, 0.1, “text”, [1, 2] or None.</source>
      <translation>{name} = {given} 不是 Python 字面量，例如 3、0.1、“text”、[1, 2] 或 None。</translation>
    </message>
    <message>
      <source>{name} = {given} is no {wanted}.</source>
      <translation>{name} = {given} 不是 {wanted}。</translation>
    </message>
    <message>
      <source>{name} made a {found}, not a torch.nn.Module.</source>
      <translation>{name} 返回的是 {found}，不是 torch.nn.Module。</translation>
    </message>
    <message>
      <source>Choose another class or function of the file.</source>
      <translation>请选择文件中的另一个类或函数。</translation>
    </message>
    <message>
      <source>example_inputs() does not suit forward({taken}): {wrong}.</source>
      <translation>example_inputs() 与 forward({taken}) 不匹配：{wrong}。</translation>
    </message>
    <message>
      <source>Return one value per argument of forward.</source>
      <translation>请为 forward 的每个参数返回一个值。</translation>
    </message>
    <message>
      <source>example_inputs() returned a tensor on the meta device, which has no numbers.</source>
      <translation>example_inputs() 返回了 meta 设备上的张量，其中没有数值。</translation>
    </message>
    <message>
      <source>Make it on the CPU, or the model on the meta device too.</source>
      <translation>请在 CPU 上创建它，或把模型也放到 meta 设备上。</translation>
    </message>
    <message>
      <source>{owner} has no argument {name}.</source>
      <translation>{owner} 没有参数 {name}。</translation>
    </message>
    <message>
      <source>{place} ended the program: {error}.</source>
      <translation>{place} 结束了程序：{error}。</translation>
    </message>
    <message>
      <source>{place} raised {error}.</source>
      <translation>{place} 抛出了 {error}。</translation>
    </message>
    <message>
      <source>example_inputs() returned a {found}.</source>
      <translation>example_inputs() 返回的是 {found}。</translation>
    </message>
    <message>
      <source>Return a tensor, a tuple of arguments, or a dictionary of named arguments.</source>
      <translation>请返回一个张量、由参数组成的元组，或带参数名的字典。</translation>
    </message>
    <message>
      <source>The text has {length} tokens, but the model reads at most {longest}.</source>
      <translation>文字有 {length} 个词元，但模型最多读 {longest} 个。</translation>
    </message>
    <message>
      <source>The tokenizer has {token}, but the model knows {count} tokens only.</source>
      <translation>分词器中有 {token}，但模型只认识 {count} 个词元。</translation>
    </message>
    <message>
      <source>The tokenizer belongs to another model: put the right one into its folder.</source>
      <translation>这个分词器属于另一个模型：请把正确的分词器放进文件夹。</translation>
    </message>
    <message>
      <source>{path} does not fit this model. Shapes in the file → in the model (– where it has no such tensor):
{differences}</source>
      <translation>{path} 与此模型不符。文件中的形状 → 模型中的形状（– 表示没有该张量）：
{differences}</translation>
    </message>
    <message>
      <source>{path} is cut off or damaged.</source>
      <translation>{path} 不完整或已损坏。</translation>
    </message>
    <message>
      <source>{path} is a pickle of more than tensors ({name}): reading it would run its code.</source>
      <translation>{path} 是 pickle 文件，里面不只有张量（{name}）：读取它就会运行其中的代码。</translation>
    </message>
    <message>
      <source>In the program that wrote it, save the tensors alone: torch.save(model.state_dict(), “weights.pt”), or safetensors.</source>
      <translation>请在写出它的程序里只保存张量：torch.save(model.state_dict(), “weights.pt”)，或 safetensors。</translation>
    </message>
    <message>
      <source>{path} does not fit this model. Shapes in the file → in the model (– where it has no such tensor):
{differences}
  … and {more} more.</source>
      <translation>{path} 与此模型不符。文件中的形状 → 模型中的形状（– 表示没有该张量）：
{differences}
  … 另有 {more} 处。</translation>
    </message>
    <message>
      <source>Choose weights that were saved of this model with these sizes.</source>
      <translation>请选择由此模型按这些尺寸保存的权重。</translation>
    </message>
    <message>
      <source>{path} takes {size} of memory, but only {free} are free on {device}.</source>
      <translation>{path} 需要 {size} 内存，但 {device} 上只剩 {free} 可用。</translation>
    </message>
    <message>
      <source>Close what else uses it, or choose a smaller model.</source>
      <translation>请关闭其他占用者，或选择更小的模型。</translation>
    </message>
    <message>
      <source>{path} is cut off, or no safetensors file: {error}.</source>
      <translation>{path} 不完整，或不是 safetensors 文件：{error}。</translation>
    </message>
    <message>
      <source>{path} holds no tensors by name.</source>
      <translation>{path} 里没有带名称的张量。</translation>
    </message>
    <message>
      <source>Save them with torch.save(model.state_dict(), …).</source>
      <translation>请用 torch.save(model.state_dict(), …) 保存。</translation>
    </message>
    <message>
      <source>{path} is a TorchScript program: it was compiled, and has no steps to show.</source>
      <translation>{path} 是 TorchScript 程序：它已经编译，没有可以展示的步骤。</translation>
    </message>
    <message>
      <source>Save its weights with torch.save(torch.jit.load(…).state_dict(), …) and open them on the model's Python class; or return torch.jit.load(…) from a function in a Python file, to see it as one step.</source>
      <translation>请用 torch.save(torch.jit.load(…).state_dict(), …) 保存它的权重，再装入模型的 Python 类；或在 Python 文件中用一个函数返回 torch.jit.load(…)，把它作为一步来看。</translation>
    </message>
    <message>
      <source>{path} is a zip archive, but not one that torch.save wrote.</source>
      <translation>{path} 是 zip 压缩包，但不是 torch.save 写出的。</translation>
    </message>
    <message>
      <source>Choose a file of weights: {suffixes}.</source>
      <translation>请选择权重文件：{suffixes}。</translation>
    </message>
    <message>
      <source>{path} is no file of weights.</source>
      <translation>{path} 不是权重文件。</translation>
    </message>
    <message>
      <source>The model is on the meta device, so it cannot take the numbers of {path}.</source>
      <translation>模型在 meta 设备上，无法装入 {path} 的数值。</translation>
    </message>
    <message>
      <source>Make it on the CPU, and choose the weights again.</source>
      <translation>请在 CPU 上创建模型，再重新选择权重。</translation>
    </message>
    <message>
      <source>{path} does not fit this model:
{differences}</source>
      <translation>{path} 与此模型不符：
{differences}</translation>
    </message>
    <message>
      <source>You changed this number: it was not computed. Switch the change off to see how it came to be.</source>
      <translation>你改变了这个数：它不是算出来的。关闭该项改变，就能看到它是怎么来的。</translation>
    </message>
    <message>
      <source>A step of training is shown as it happened, with its gradients and updates.</source>
      <translation>训练的一步按当时的样子显示，连同其梯度与更新。</translation>
    </message>
    <message>
      <source>Make the change in a pass of the model.</source>
      <translation>请在模型的前向传播中做这项改变。</translation>
    </message>
    <message>
      <source>There is nothing inside of this op.</source>
      <translation>这个算子内部没有内容。</translation>
    </message>
    <message>
      <source>The pass stopped before its end, so nothing leads back from it.</source>
      <translation>前向传播中途停止，因此无法反向传播。</translation>
    </message>
    <message>
      <source>Gradients are those of the model's own pass, and this one is changed.</source>
      <translation>梯度属于模型自己的运行，而这次运行已被改变。</translation>
    </message>
    <message>
      <source>Switch the changes off.</source>
      <translation>请关闭这些改变。</translation>
    </message>
    <message>
      <source>That pass is no longer kept.</source>
      <translation>那次传播已不再保留。</translation>
    </message>
    <message>
      <source>The table has no row {row}.</source>
      <translation>该表没有第 {row} 行。</translation>
    </message>
    <message>
      <source>A table of embeddings has two axes.</source>
      <translation>嵌入表有两个轴。</translation>
    </message>
    <message>
      <source>t-SNE needs at least four rows.</source>
      <translation>t-SNE 至少需要四行。</translation>
    </message>
    <message>
      <source>With this change the model would decide otherwise at {source}.</source>
      <translation>这样改动后，模型会在 {source} 处走另一条路。</translation>
    </message>
    <message>
      <source>A replay takes a dictionary of values, and was given a {kind}.</source>
      <translation>重放需要一个由值组成的字典，得到的却是 {kind}。</translation>
    </message>
    <message>
      <source>Write it so: tape.replay({{"x": tensor}}).</source>
      <translation>请这样写：tape.replay({{"x": tensor}})。</translation>
    </message>
    <message>
      <source>The model returned no tensor to go back from.</source>
      <translation>模型没有返回可以反向传播的张量。</translation>
    </message>
    <message>
      <source>Give the loss: a value of the tape.</source>
      <translation>请给出损失：记录中的一个值。</translation>
    </message>
    <message>
      <source>{name} is read inside of {event}, which is one step.</source>
      <translation>{name} 是在 {event} 内部读取的，而它是单独一步。</translation>
    </message>
    <message>
      <source>This op works on sequences of different lengths and cannot be opened.</source>
      <translation>该算子处理的是长度不一的序列，无法展开。</translation>
    </message>
    <message>
      <source>Pad the sequences to one length to see its steps.</source>
      <translation>把序列补齐到同一长度，即可查看各步。</translation>
    </message>
    <message>
      <source>The loss became {loss} at step {step}, so training stopped.</source>
      <translation>损失在第 {step} 步变为 {loss}，训练已停止。</translation>
    </message>
    <message>
      <source>Reset it and try a smaller learning rate than {rate}.</source>
      <translation>请重置，并试用比 {rate} 更小的学习率。</translation>
    </message>
    <message>
      <source>The value has no axis {axis}.</source>
      <translation>该值没有轴 {axis}。</translation>
    </message>
    <message>
      <source>What the optimizer remembered from the steps before; at first it is 0.</source>
      <translation>优化器从之前各步记下的值；起初为 0。</translation>
    </message>
    <message>
      <source>A view of axes {axes} does not fit a value of shape {shape}.</source>
      <translation>轴 {axes} 的视图不适合形状为 {shape} 的值。</translation>
    </message>
    <message>
      <source>Values of shapes {one} and {other} cannot be subtracted.</source>
      <translation>形状为 {one} 和 {other} 的值不能相减。</translation>
    </message>
    <message>
      <source>Compare with a value of the same shape.</source>
      <translation>请与形状相同的值比较。</translation>
    </message>
    <message>
      <source>This value has no numbers: it is on the meta device.</source>
      <translation>这个值没有数：它在 meta 设备上。</translation>
    </message>
    <message>
      <source>This value is sparse; with its zeros it would take {size} GB.</source>
      <translation>这个值是稀疏的；补上零会占 {size} GB。</translation>
    </message>
    <message>
      <source>Look at what it is made from, or at what is made from it.</source>
      <translation>请看它由什么得来，或由它得到了什么。</translation>
    </message>
    <message>
      <source>With this input {layer} ends at t = {last}, and the change is at t = {step}.</source>
      <translation>用这个输入，{layer} 到 t = {last} 为止，而更改在 t = {step} 处。</translation>
    </message>
    <message>
      <source>With this input {last} is the last of its kind, and the change is in {name}.</source>
      <translation>用这个输入，{last} 是同类中的最后一个，而更改在 {name} 中。</translation>
    </message>
    <message>
      <source>With this input there is no value {name}.</source>
      <translation>用这个输入，没有值 {name}。</translation>
    </message>
    <message>
      <source>Give a longer input, or switch the change off.</source>
      <translation>请给更长的输入，或关掉这个更改。</translation>
    </message>
    <message>
      <source>Give an input like the one it was made for, or switch the change off.</source>
      <translation>请给与做更改时类似的输入，或关掉这个更改。</translation>
    </message>
    <message>
      <source>--open {said} is not a level: give a whole number such as 2, or all.</source>
      <translation>--open {said} 不是层级：请给出整数（例如 2）或 all。</translation>
    </message>
    <message>
      <source>--scale {said} is not a number from 0.01 to 100.</source>
      <translation>--scale {said} 不是 0.01 到 100 之间的数。</translation>
    </message>
    <message>
      <source>The pass has no module “{path}”; the nearest are {near}.</source>
      <translation>这次前向传播中没有模块“{path}”；最接近的是 {near}。</translation>
    </message>
    <message>
      <source>--open and --view choose modules of a graph; a figure is always whole.</source>
      <translation>--open 和 --view 用于选择计算图的模块；示意图始终是完整的。</translation>
    </message>
    <message>
      <source>Leave them out, or --figure.</source>
      <translation>请去掉它们，或去掉 --figure。</translation>
    </message>
    <message>
      <source>{title} came without data to learn from and without a plan, so it cannot be trained here.</source>
      <translation>{title} 没有附带可学习的数据，也没有训练计划，因此无法在此训练。</translation>
    </message>
    <message>
      <source>Presets have both: open one to train it.</source>
      <translation>预设两者都有：打开一个即可训练。</translation>
    </message>
    <message>
      <source>Step over</source>
      <translation>前进一步</translation>
    </message>
    <message>
      <source>Step back</source>
      <translation>后退一步</translation>
    </message>
    <message>
      <source>Step into the module</source>
      <translation>进入模块</translation>
    </message>
    <message>
      <source>Step out of the module</source>
      <translation>跳出模块</translation>
    </message>
    <message>
      <source>First step</source>
      <translation>第一步</translation>
    </message>
    <message>
      <source>Last step</source>
      <translation>最后一步</translation>
    </message>
    <message>
      <source>Play or pause</source>
      <translation>播放或暂停</translation>
    </message>
    <message>
      <source>Play faster, and after the fastest slowly</source>
      <translation>加快播放，最快之后回到最慢</translation>
    </message>
    <message>
      <source>Stop at NaN, large numbers, dead activations or an op…</source>
      <translation>在 NaN、过大的数、失活的激活函数或某个算子处停下……</translation>
    </message>
    <message>
      <source>Go to the next place to stop at</source>
      <translation>前往下一个停下处</translation>
    </message>
    <message>
      <source>Go to the place before to stop at</source>
      <translation>前往上一个停下处</translation>
    </message>
    <message>
      <source>Next picture of the value</source>
      <translation>该值的下一种图</translation>
    </message>
    <message>
      <source>Previous picture of the value</source>
      <translation>该值的上一种图</translation>
    </message>
    <message>
      <source>Next picture of the attention</source>
      <translation>注意力的下一种画法</translation>
    </message>
    <message>
      <source>Previous picture of the attention</source>
      <translation>注意力的上一种画法</translation>
    </message>
    <message>
      <source>Tell how a number came to be, or no more</source>
      <translation>说明一个数的由来，或不再说明</translation>
    </message>
    <message>
      <source>Change this value…</source>
      <translation>改变这个值…</translation>
    </message>
    <message>
      <source>The pass before its changes, and after</source>
      <translation>改变之前的运行，以及之后</translation>
    </message>
    <message>
      <source>Undo a change</source>
      <translation>撤销一项改变</translation>
    </message>
    <message>
      <source>Change it again</source>
      <translation>重做一项改变</translation>
    </message>
    <message>
      <source>Save the changes…</source>
      <translation>保存改变…</translation>
    </message>
    <message>
      <source>Load changes…</source>
      <translation>载入改变…</translation>
    </message>
    <message>
      <source>Show all that this number came from, over the whole pass</source>
      <translation>显示整个前向中这个数的全部来源</translation>
    </message>
    <message>
      <source>Show all that this number goes to, over the whole pass</source>
      <translation>显示整个前向中这个数的全部去向</translation>
    </message>
    <message>
      <source>Go to the next NaN of the value</source>
      <translation>跳到这个值的下一个 NaN</translation>
    </message>
    <message>
      <source>Go to the next infinity of the value</source>
      <translation>跳到这个值的下一个无穷大</translation>
    </message>
    <message>
      <source>Draw the next token</source>
      <translation>抽取下一个词元</translation>
    </message>
    <message>
      <source>Draw one token after another, or stop</source>
      <translation>逐个抽取词元，或停止</translation>
    </message>
    <message>
      <source>Go to the pass of the next token</source>
      <translation>转到下一个词元的前向</translation>
    </message>
    <message>
      <source>Go to the pass of the token before</source>
      <translation>转到上一个词元的前向</translation>
    </message>
    <message>
      <source>Next (presenter clicker)</source>
      <translation>下一步（翻页笔）</translation>
    </message>
    <message>
      <source>Previous (presenter clicker)</source>
      <translation>上一步（翻页笔）</translation>
    </message>
    <message>
      <source>Follow the main wire down</source>
      <translation>沿主干连线向下</translation>
    </message>
    <message>
      <source>Follow the main wire up</source>
      <translation>沿主干连线向上</translation>
    </message>
    <message>
      <source>Go to the node on the left</source>
      <translation>转到左边的节点</translation>
    </message>
    <message>
      <source>Go to the node on the right</source>
      <translation>转到右边的节点</translation>
    </message>
    <message>
      <source>Look further up</source>
      <translation>视图上移</translation>
    </message>
    <message>
      <source>Look further down</source>
      <translation>视图下移</translation>
    </message>
    <message>
      <source>Look further to the left</source>
      <translation>视图左移</translation>
    </message>
    <message>
      <source>Look further to the right</source>
      <translation>视图右移</translation>
    </message>
    <message>
      <source>What can be done with this node…</source>
      <translation>可对此节点执行的操作…</translation>
    </message>
    <message>
      <source>Tell what this node is</source>
      <translation>说明此节点</translation>
    </message>
    <message>
      <source>Next op that reads the value</source>
      <translation>下一个读取该值的算子</translation>
    </message>
    <message>
      <source>The op that wrote the value</source>
      <translation>写出该值的算子</translation>
    </message>
    <message>
      <source>Back to the place before</source>
      <translation>回到之前的位置</translation>
    </message>
    <message>
      <source>Forward again</source>
      <translation>再次前进</translation>
    </message>
    <message>
      <source>Light what this comes from</source>
      <translation>点亮它的来源</translation>
    </message>
    <message>
      <source>Light what depends on this</source>
      <translation>点亮依赖它的部分</translation>
    </message>
    <message>
      <source>Let paths begin here, or no more</source>
      <translation>以此处为路径起点，或取消</translation>
    </message>
    <message>
      <source>Light the paths from there to here</source>
      <translation>点亮从起点到此处的路径</translation>
    </message>
    <message>
      <source>Keep this pass beside, to compare</source>
      <translation>把这次运行放在旁边，以便比较</translation>
    </message>
    <message>
      <source>Switch to the other side</source>
      <translation>切换到另一侧</translation>
    </message>
    <message>
      <source>Next difference between the sides</source>
      <translation>两侧之间的下一处差异</translation>
    </message>
    <message>
      <source>Previous difference between the sides</source>
      <translation>两侧之间的上一处差异</translation>
    </message>
    <message>
      <source>Show one side alone</source>
      <translation>只显示一侧</translation>
    </message>
    <message>
      <source>Open all modules</source>
      <translation>展开所有模块</translation>
    </message>
    <message>
      <source>Close all modules</source>
      <translation>收起所有模块</translation>
    </message>
    <message>
      <source>Fold or unfold equal blocks</source>
      <translation>折叠或展开相同的块</translation>
    </message>
    <message>
      <source>Show as a figure, or as a graph</source>
      <translation>显示为示意图或计算图</translation>
    </message>
    <message>
      <source>Fit the graph into view</source>
      <translation>让计算图适合窗口</translation>
    </message>
    <message>
      <source>Zoom the graph in</source>
      <translation>放大计算图</translation>
    </message>
    <message>
      <source>Zoom the graph out</source>
      <translation>缩小计算图</translation>
    </message>
    <message>
      <source>Export the graph or figure…</source>
      <translation>导出计算图或示意图…</translation>
    </message>
    <message>
      <source>Copy a picture of the view</source>
      <translation>复制当前视图的图片</translation>
    </message>
    <message>
      <source>Colour the nodes by…</source>
      <translation>节点着色依据……</translation>
    </message>
    <message>
      <source>Colour the nodes by the next quantity</source>
      <translation>按下一个量给节点着色</translation>
    </message>
    <message>
      <source>Colour the nodes by the previous quantity</source>
      <translation>按上一个量给节点着色</translation>
    </message>
    <message>
      <source>Wires as wide as their values are large</source>
      <translation>连线粗细随数据大小变化</translation>
    </message>
    <message>
      <source>Table of the pass</source>
      <translation>前向传播的表格</translation>
    </message>
    <message>
      <source>Start or pause training</source>
      <translation>开始或暂停训练</translation>
    </message>
    <message>
      <source>Train one step</source>
      <translation>训练一步</translation>
    </message>
    <message>
      <source>Next phase of one iteration</source>
      <translation>一次迭代的下一阶段</translation>
    </message>
    <message>
      <source>Reset the weights</source>
      <translation>重置权重</translation>
    </message>
    <message>
      <source>Open the model again, with its own weights</source>
      <translation>重新打开模型，用它自带的权重</translation>
    </message>
    <message>
      <source>Save weights…</source>
      <translation>保存权重…</translation>
    </message>
    <message>
      <source>Save as a preset of your own…</source>
      <translation>存为自己的预设…</translation>
    </message>
    <message>
      <source>Architecture</source>
      <translation>结构</translation>
    </message>
    <message>
      <source>Forward pass</source>
      <translation>前向传播</translation>
    </message>
    <message>
      <source>Training</source>
      <translation>训练</translation>
    </message>
    <message>
      <source>Open a file…</source>
      <translation>打开文件…</translation>
    </message>
    <message>
      <source>Open a folder…</source>
      <translation>打开文件夹…</translation>
    </message>
    <message>
      <source>Gallery</source>
      <translation>预设页</translation>
    </message>
    <message>
      <source>Find a layer, op or command</source>
      <translation>查找层、算子或命令</translation>
    </message>
    <message>
      <source>Next of what was found</source>
      <translation>下一个查找结果</translation>
    </message>
    <message>
      <source>Previous of what was found</source>
      <translation>上一个查找结果</translation>
    </message>
    <message>
      <source>Go to the next panel</source>
      <translation>转到下一个面板</translation>
    </message>
    <message>
      <source>Go to the previous panel</source>
      <translation>转到上一个面板</translation>
    </message>
    <message>
      <source>Dark or light</source>
      <translation>深色或浅色</translation>
    </message>
    <message>
      <source>English or 简体中文</source>
      <translation>英文或简体中文</translation>
    </message>
    <message>
      <source>Larger text</source>
      <translation>放大文字</translation>
    </message>
    <message>
      <source>Smaller text</source>
      <translation>缩小文字</translation>
    </message>
    <message>
      <source>Normal text size</source>
      <translation>正常文字大小</translation>
    </message>
    <message>
      <source>Present</source>
      <translation>演示</translation>
    </message>
    <message>
      <source>Cancel, close the message, or end the search or the presentation</source>
      <translation>取消、关闭消息、结束查找或结束演示</translation>
    </message>
    <message>
      <source>Restart the engine</source>
      <translation>重新启动引擎</translation>
    </message>
    <message>
      <source>Quit</source>
      <translation>退出</translation>
    </message>
    <message>
      <source>Go to bookmark {number}</source>
      <translation>转到书签 {number}</translation>
    </message>
    <message>
      <source>Set bookmark {number}, or take it away</source>
      <translation>设置或取消书签 {number}</translation>
    </message>
    <message>
      <source>There is no screen here: no display server answers at DISPLAY={display}.</source>
      <translation>这里没有屏幕：DISPLAY={display} 处没有显示服务器应答。</translation>
    </message>
    <message>
      <source>Set DISPLAY to one that runs, or make pictures without a screen: `python3 dev.py run` or `layerscope shot`.</source>
      <translation>请将 DISPLAY 设为正在运行的显示服务器，或在无屏幕的情况下生成图片：`python3 dev.py run` 或 `layerscope shot`。</translation>
    </message>
    <message>
      <source>No window can be opened: the system library {library} is not installed.</source>
      <translation>无法打开窗口：系统库 {library} 没有安装。</translation>
    </message>
    <message>
      <source>`layerscope doctor` tells how to install it.</source>
      <translation>`layerscope doctor` 会告诉你怎样安装它。</translation>
    </message>
    <message>
      <source>The graph is saved in {path}.</source>
      <translation>计算图已保存到 {path}。</translation>
    </message>
    <message>
      <source>The picture of the view is on the clipboard.</source>
      <translation>当前视图的图片已在剪贴板中。</translation>
    </message>
    <message>
      <source>The figure is saved in {path}.</source>
      <translation>示意图已保存到 {path}。</translation>
    </message>
    <message>
      <source>The graph cannot be written as {path}: the name must end in {endings}.</source>
      <translation>无法将计算图写为 {path}：文件名必须以 {endings} 结尾。</translation>
    </message>
    <message>
      <source>The figure cannot be written as {path}: the name must end in {endings}.</source>
      <translation>无法将示意图写为 {path}：文件名必须以 {endings} 结尾。</translation>
    </message>
    <message>
      <source>Check that the folder exists and may be written to, and the disk is not full.</source>
      <translation>请确认文件夹存在且可写，磁盘未满。</translation>
    </message>
    <message>
      <source>{module} has no box of its own: nothing of it is on the graph.</source>
      <translation>{module} 没有自己的方框：计算图上没有它的内容。</translation>
    </message>
    <message>
      <source>At scale {scale} the picture would have {width} × {height} pixels, more than an image can hold; the largest scale that works is {largest}.</source>
      <translation>缩放为 {scale} 时，图片将有 {width} × {height} 像素，超出图像的容量；可用的最大缩放是 {largest}。</translation>
    </message>
    <message>
      <source>SVG and PDF have no such limit.</source>
      <translation>SVG 和 PDF 没有这个限制。</translation>
    </message>
    <message>
      <source>There is not the memory for a picture of {width} × {height} pixels.</source>
      <translation>内存不足，无法生成 {width} × {height} 像素的图片。</translation>
    </message>
    <message>
      <source>Take a smaller scale, or SVG.</source>
      <translation>请减小缩放，或改用 SVG。</translation>
    </message>
    <message>
      <source>Leave --figure out to get its graph.</source>
      <translation>去掉 --figure 即可得到它的计算图。</translation>
    </message>
    <message>
      <source>Two sides are shown as graphs. Show one side alone to see its figure.</source>
      <translation>两侧并排时只显示图。只显示一侧即可看到它的示意图。</translation>
    </message>
    <message>
      <source>Five or more equal blocks in a row fold to one; here are none.</source>
      <translation>五个或更多相连的相同块可折叠为一个；这里没有。</translation>
    </message>
    <message>
      <source>The cursor is in no row of equal blocks: folded the nearest, {blocks}.</source>
      <translation>光标不在一连串相同的块中：已折叠最近的 {blocks}。</translation>
    </message>
    <message>
      <source>The cursor is in no row of equal blocks: unfolded the nearest, {blocks}.</source>
      <translation>光标不在一连串相同的块中：已展开最近的 {blocks}。</translation>
    </message>
    <message>
      <source>{blocks} are in {module}, which is closed: {keys} opens it.</source>
      <translation>{blocks} 在已收起的 {module} 里：按 {keys} 打开它。</translation>
    </message>
    <message>
      <source>Q, the queries: what each position looks for</source>
      <translation>Q（查询）：每个位置要寻找什么</translation>
    </message>
    <message>
      <source>K, the keys: what each position offers to be found by</source>
      <translation>K（键）：每个位置凭什么被找到</translation>
    </message>
    <message>
      <source>V, the values: what each position gives to those that attend to it</source>
      <translation>V（值）：每个位置交给关注它的位置的内容</translation>
    </message>
    <message>
      <source>Queries, keys and values, made at once</source>
      <translation>一次算出的查询、键和值</translation>
    </message>
    <message>
      <source>QKᵀ, the scores: how well each query fits each key</source>
      <translation>QKᵀ（得分）：每个查询与每个键有多匹配</translation>
    </message>
    <message>
      <source>The scores are divided by the root of the size of a head</source>
      <translation>得分除以每个头的维数的平方根</translation>
    </message>
    <message>
      <source>A·V, the output of each head: values, weighed by the attention</source>
      <translation>A·V（每个头的输出）：按注意力加权的值</translation>
    </message>
    <message>
      <source>The heads are put side by side</source>
      <translation>把各个头并排拼接</translation>
    </message>
    <message>
      <source>Wᴼ, the output projection: mixes the heads</source>
      <translation>Wᴼ（输出投影）：混合各个头</translation>
    </message>
    <message>
      <source>xₜ, what each step reads</source>
      <translation>xₜ：每一步读入的输入</translation>
    </message>
    <message>
      <source>h₀, the hidden state before the first step</source>
      <translation>h₀：第一步之前的隐藏状态</translation>
    </message>
    <message>
      <source>c₀, the cell state before the first step</source>
      <translation>c₀：第一步之前的细胞状态</translation>
    </message>
    <message>
      <source>h, the hidden state of the sequences that go on</source>
      <translation>h：尚未结束的序列的隐藏状态</translation>
    </message>
    <message>
      <source>c, the cell state of the sequences that go on</source>
      <translation>c：尚未结束的序列的细胞状态</translation>
    </message>
    <message>
      <source>hₜ, the hidden state of every step</source>
      <translation>hₜ：每一步的隐藏状态</translation>
    </message>
    <message>
      <source>hₙ, the hidden state after the last step</source>
      <translation>hₙ：最后一步之后的隐藏状态</translation>
    </message>
    <message>
      <source>cₙ, the cell state after the last step</source>
      <translation>cₙ：最后一步之后的细胞状态</translation>
    </message>
    <message>
      <source>Family</source>
      <translation>类别</translation>
    </message>
    <message>
      <source>Time</source>
      <translation>时间</translation>
    </message>
    <message>
      <source>Memory</source>
      <translation>内存</translation>
    </message>
    <message>
      <source>Parameters</source>
      <translation>参数</translation>
    </message>
    <message>
      <source>FLOPs</source>
      <translation>FLOPs</translation>
    </message>
    <message>
      <source>Mean |activation|</source>
      <translation>平均 |激活|</translation>
    </message>
    <message>
      <source>Gradient norm</source>
      <translation>梯度范数</translation>
    </message>
    <message>
      <source>Data type</source>
      <translation>数据类型</translation>
    </message>
    <message>
      <source>Device</source>
      <translation>设备</translation>
    </message>
    <message>
      <source>Strength</source>
      <translation>强度</translation>
    </message>
    <message>
      <source>embedding</source>
      <translation>嵌入</translation>
    </message>
    <message>
      <source>linear</source>
      <translation>线性</translation>
    </message>
    <message>
      <source>attention</source>
      <translation>注意力</translation>
    </message>
    <message>
      <source>norm</source>
      <translation>归一化</translation>
    </message>
    <message>
      <source>activation</source>
      <translation>激活函数</translation>
    </message>
    <message>
      <source>convolution</source>
      <translation>卷积</translation>
    </message>
    <message>
      <source>pooling</source>
      <translation>池化</translation>
    </message>
    <message>
      <source>recurrent</source>
      <translation>循环</translation>
    </message>
    <message>
      <source>elementwise, reshape</source>
      <translation>逐元素、变形</translation>
    </message>
    <message>
      <source>container</source>
      <translation>容器</translation>
    </message>
    <message>
      <source>Of each op; of a module the sum of its ops, without what runs between them.</source>
      <translation>每个算子的值；模块为其算子之和，不含算子之间的时间。</translation>
    </message>
    <message>
      <source>Of each op's results, views too; of a module the sum.</source>
      <translation>每个算子结果的字节数（视图也计入）；模块为其总和。</translation>
    </message>
    <message>
      <source>That an op reads; of a module all in it.</source>
      <translation>算子读取的参数；模块为其中全部参数。</translation>
    </message>
    <message>
      <source>2 for each multiply-add of matrix products, convolutions and attention; of a module the sum. Other ops are not counted.</source>
      <translation>矩阵乘法、卷积和注意力的每次乘加计 2；模块为其总和。其他算子不计。</translation>
    </message>
    <message>
      <source>Over the finite numbers of a result; of a module over all in it.</source>
      <translation>对结果中的有限数取平均；模块对其中全部数取平均。</translation>
    </message>
    <message>
      <source>Of a module over all in it.</source>
      <translation>模块为其中全部梯度合在一起的范数。</translation>
    </message>
    <message>
      <source>Σ |gradient × value| over the cells that have to do with the chosen number; of a module its largest.</source>
      <translation>与所选数有关的各格的 Σ |梯度 × 值|；模块取其中最大者。</translation>
    </message>
    <message>
      <source>Of each op's first result.</source>
      <translation>每个算子的第一个结果。</translation>
    </message>
    <message>
      <source>not counted</source>
      <translation>未计入</translation>
    </message>
    <message>
      <source>no floating-point result</source>
      <translation>没有浮点结果</translation>
    </message>
    <message>
      <source>no gradient</source>
      <translation>没有梯度</translation>
    </message>
    <message>
      <source>nothing to do with it</source>
      <translation>与它无关</translation>
    </message>
    <message>
      <source>A click opens no network of more than {most} steps, and this one has {steps}: its numbers are told here. To go to its ops, double-click the node.</source>
      <translation>单击不会展开超过 {most} 步的网络，而它有 {steps} 步：数值已在此给出。要查看其中的算子，请双击该节点。</translation>
    </message>
    <message>
      <source>There is no cell {cell} in a value of shape {shape}.</source>
      <translation>形状为 {shape} 的值里没有单元 {cell}。</translation>
    </message>
    <message>
      <source>Give one number for every axis, counted from 0.</source>
      <translation>请为每个轴给出一个从 0 数起的数。</translation>
    </message>
    <message>
      <source>The pass has no event “{at}”.</source>
      <translation>这次传播没有事件“{at}”。</translation>
    </message>
    <message>
      <source>Give an index, 0 to {last}, or an id such as {example} (see `layerscope trace`).</source>
      <translation>请给出 0 到 {last} 的序号，或 {example} 这样的标识（见 `layerscope trace`）。</translation>
    </message>
    <message>
      <source>There is no parameter {name}.</source>
      <translation>没有参数 {name}。</translation>
    </message>
    <message>
      <source>There are {known}.</source>
      <translation>有：{known}。</translation>
    </message>
    <message>
      <source>There is no token {token}: {count} were drawn.</source>
      <translation>没有第 {token} 个词元：共抽取了 {count} 个。</translation>
    </message>
    <message>
      <source>Count from 1.</source>
      <translation>从 1 开始计数。</translation>
    </message>
    <message>
      <source>The picture cannot be written to {path}.</source>
      <translation>无法把图片写到 {path}。</translation>
    </message>
    <message>
      <source>The engine did not answer in time.</source>
      <translation>引擎没有及时回应。</translation>
    </message>
    <message>
      <source>{path} cannot be written: {error}.</source>
      <translation>无法写入 {path}：{error}。</translation>
    </message>
    <message>
      <source>Change the input or the model.</source>
      <translation>请更换输入或模型。</translation>
    </message>
    <message>
      <source>Start it again.</source>
      <translation>请重新运行。</translation>
    </message>
    <message>
      <source>Rollout multiplies self-attention through the layers; here queries and keys are two sequences.</source>
      <translation>展开（rollout）是各层自注意力的乘积；这里的查询和键是两个序列。</translation>
    </message>
    <message>
      <source>Rollout multiplies self-attention through the layers; on the way here is {name}, which mixes two sequences.</source>
      <translation>展开（rollout）是各层自注意力的乘积；到这里的路上有 {name}，它混合了两个序列。</translation>
    </message>
    <message>
      <source>Rollout multiplies maps of one size: {name} before this one is {there}, this one {here}.</source>
      <translation>展开（rollout）只能乘大小相同的图：前面的 {name} 是 {there}，这一个是 {here}。</translation>
    </message>
    <message>
      <source>Rollout follows layers one after the other; {name} is beside another attention.</source>
      <translation>展开（rollout）沿着一层接一层的注意力；{name} 旁边还有另一个注意力。</translation>
    </message>
    <message>
      <source>This is no attention.</source>
      <translation>这不是注意力。</translation>
    </message>
    <message>
      <source>A figure shows a pass of {most} ops at most; this one has {count}.</source>
      <translation>示意图最多显示 {most} 个运算；这次前向有 {count} 个。</translation>
    </message>
    <message>
      <source>A figure shows {most} ways around at a place at most; this model has {count}.</source>
      <translation>示意图在同一处最多显示 {most} 条旁路；这个模型有 {count} 条。</translation>
    </message>
    <message>
      <source>This pass has no result that a figure could lead to.</source>
      <translation>这次前向传播没有结果，无法画出示意图。</translation>
    </message>
    <message>
      <source>A figure shows convolutions and linear layers; this model has neither.</source>
      <translation>示意图用于卷积层和线性层；此模型两者都没有。</translation>
    </message>
    <message>
      <source>A figure shows MLPs and CNNs; this model also has {op}, in {event}.</source>
      <translation>示意图用于 MLP 和 CNN；此模型还含有 {op}（{event}）。</translation>
    </message>
    <message>
      <source>A figure shows one sample of each value; what {event} gives has another shape.</source>
      <translation>示意图显示每个值的一个样本；{event} 的结果形状不符。</translation>
    </message>
    <message>
      <source>A figure has one input; this model also reads {value}.</source>
      <translation>示意图只有一个输入；此模型还读取 {value}。</translation>
    </message>
    <message>
      <source>A figure has one result; this model gives more than one.</source>
      <translation>示意图只有一个结果；此模型给出多个结果。</translation>
    </message>
    <message>
      <source>A figure shows one vector of each sample; {event} reads a sequence of vectors.</source>
      <translation>示意图中每个样本只有一个向量；{event} 读取的是向量序列。</translation>
    </message>
    <message>
      <source>A figure follows one sample; {event} brings several into one, or cuts them apart.</source>
      <translation>示意图只跟踪一个样本；{event} 会把多个样本合在一起，或把样本拆开。</translation>
    </message>
    <message>
      <source>Id</source>
      <translation>编号</translation>
    </message>
    <message>
      <source>Op</source>
      <translation>算子</translation>
    </message>
    <message>
      <source>Module</source>
      <translation>模块</translation>
    </message>
    <message>
      <source>Output shape</source>
      <translation>输出形状</translation>
    </message>
    <message>
      <source>{path} cannot be opened so: {mistakes}.</source>
      <translation>无法这样打开 {path}：{mistakes}。</translation>
    </message>
    <message>
      <source>`layerscope trace --help` shows how to say it.</source>
      <translation>`layerscope trace --help` 说明了写法。</translation>
    </message>
    <message>
      <source>What differs between the two passes cannot be found ({error}).</source>
      <translation>无法找出两次运行之间的差异（{error}）。</translation>
    </message>
    <message>
      <source>Both are shown, each for itself. Another input or model is compared again.</source>
      <translation>两侧各自显示；换一个输入或模型后会重新比较。</translation>
    </message>
    <message>
      <source>This cannot be sent to the engine: {error}.</source>
      <translation>无法发送给引擎：{error}。</translation>
    </message>
    <message>
      <source>Use a smaller number, or letters that UTF-8 has.</source>
      <translation>请使用较小的数，或 UTF-8 能表示的文字。</translation>
    </message>
    <message>
      <source>There is no filter “{name}:”; there are {filters} and numbers such as params&gt;1M.</source>
      <translation>没有名为“{name}:”的筛选条件；可用的有 {filters}，以及 params&gt;1M 这样的数值比较。</translation>
    </message>
    <message>
      <source>“{value}” is no shape: give sizes or names of axes with × or x between them, and * for any one, as in shape:*×768 or shape:T×*.</source>
      <translation>“{value}”不是形状：请用 × 或 x 连接各轴的大小或名称，用 * 表示任意一轴，例如 shape:*×768 或 shape:T×*。</translation>
    </message>
    <message>
      <source>“{name}” is no number that is known; compare {numbers}, as in params&gt;1M.</source>
      <translation>没有名为“{name}”的数值；可以比较 {numbers}，例如 params&gt;1M。</translation>
    </message>
    <message>
      <source>“{value}” is no number: write 300, 0.5, 20K or 1.5M after {name}{sign}.</source>
      <translation>“{value}”不是数字：请在 {name}{sign} 之后写 300、0.5、20K 或 1.5M。</translation>
    </message>
    <message>
      <source>“/{pattern}/” takes too long to look for: make it simpler.</source>
      <translation>“/{pattern}/”查找太久：请写得简单些。</translation>
    </message>
    <message>
      <source>“{value}” is no count of ops: slow:10 finds the ten slowest.</source>
      <translation>“{value}”不是算子的个数：slow:10 会找出最慢的十个。</translation>
    </message>
    <message>
      <source>“/{pattern}/” is no regular expression ({error}); after \ a sign such as ( or [ stands for itself.</source>
      <translation>“/{pattern}/”不是正则表达式（{error}）；( 或 [ 之类的符号前加 \ 才表示它本身。</translation>
    </message>
    <message>
      <source>Choose first what to stop at: {keys}.</source>
      <translation>请先选择在什么情况下停下：{keys}。</translation>
    </message>
    <message>
      <source>There is nothing to stop at in this pass.</source>
      <translation>这次前向传播中没有符合停下条件之处。</translation>
    </message>
    <message>
      <source>No further place to stop at in this direction; there are {count} in this pass.</source>
      <translation>这个方向上没有更多停下处；这次前向传播中共有 {count} 处。</translation>
    </message>
    <message>
      <source>The numbers of this pass are still being looked at.</source>
      <translation>这次前向传播的数值仍在查看中。</translation>
    </message>
    <message>
      <source>NaN comes up here: {amount} of the numbers that {event} gives.</source>
      <translation>这里出现了 NaN：{event} 给出的数中有 {amount} 个。</translation>
    </message>
    <message>
      <source>Infinity comes up here: {amount} of the numbers that {event} gives.</source>
      <translation>这里出现了无穷大：{event} 给出的数中有 {amount} 个。</translation>
    </message>
    <message>
      <source>A number larger in size than {bound} comes up here: {event} gives one of ±{amount}.</source>
      <translation>这里出现了绝对值大于 {bound} 的数：{event} 给出的最大为 ±{amount}。</translation>
    </message>
    <message>
      <source>Dead: {event} gives nothing but zeros.</source>
      <translation>失活：{event} 的输出全为零。</translation>
    </message>
    <message>
      <source>An op that you look for is here: {event}.</source>
      <translation>要找的算子在这里：{event}。</translation>
    </message>
    <message>
      <source>Going back, NaN comes up here: {event} makes a gradient with NaN of gradients without.</source>
      <translation>反向传播时 NaN 首先出现在这里：{event} 由正常的梯度算出了带 NaN 的梯度。</translation>
    </message>
    <message>
      <source>Going back, an infinity comes up here: {event} makes an infinite gradient of finite ones.</source>
      <translation>反向传播时无穷大首先出现在这里：{event} 由有限的梯度算出了无穷大的梯度。</translation>
    </message>
    <message>
      <source>Going back, a gradient larger in size than {bound} comes up here: {event} makes one of ±{amount}.</source>
      <translation>反向传播时绝对值大于 {bound} 的梯度首先出现在这里：{event} 算出了一个 ±{amount}。</translation>
    </message>
    <message>
      <source>Dead: {event} lets no gradient through.</source>
      <translation>失活：{event} 不让任何梯度通过。</translation>
    </message>
    <message>
      <source>Going back, NaN comes up here: in the gradient for what {event} gives.</source>
      <translation>反向传播时 NaN 首先出现在这里：在 {event} 的输出的梯度里。</translation>
    </message>
    <message>
      <source>Going back, an infinity comes up here: in the gradient for what {event} gives.</source>
      <translation>反向传播时无穷大首先出现在这里：在 {event} 的输出的梯度里。</translation>
    </message>
    <message>
      <source>Going back, a gradient larger in size than {bound} comes up here: ±{amount}, for what {event} gives.</source>
      <translation>反向传播时绝对值大于 {bound} 的梯度首先出现在这里：{event} 的输出的梯度中有 ±{amount}。</translation>
    </message>
    <message>
      <source>Something is on its way for this side; switch when it is there.</source>
      <translation>这一侧还有内容未到；等它到了再切换。</translation>
    </message>
    <message>
      <source>Another model is being opened; keep this one beside before you open the next.</source>
      <translation>正在打开另一个模型；请先把这一个放到旁边，再打开下一个。</translation>
    </message>
    <message>
      <source>The model of this side is being trained; pause that to switch.</source>
      <translation>这一侧的模型正在训练；暂停训练后再切换。</translation>
    </message>
    <message>
      <source>There is no NaN in {value}.</source>
      <translation>{value} 中没有 NaN。</translation>
    </message>
    <message>
      <source>There is no infinity in {value}.</source>
      <translation>{value} 中没有无穷大。</translation>
    </message>
    <message>
      <source>There is no number in {value}.</source>
      <translation>{value} 中没有数字。</translation>
    </message>
    <message>
      <source>The engine was started again; everything is as it was.</source>
      <translation>引擎已重新启动，一切照旧。</translation>
    </message>
    <message>
      <source>The engine was started again. Of the pass beside there is only the graph: switch to that side to run it again.</source>
      <translation>引擎已重新启动。旁边的那次运行只剩下图：切换到那一侧可重新运行。</translation>
    </message>
    <message>
      <source>The engine was started again. Training is back at step {step}, paused; {lost} steps were lost.</source>
      <translation>引擎已重新启动。训练回到第 {step} 步，已暂停；丢失了 {lost} 步。</translation>
    </message>
    <message>
      <source>The program whose model this is has ended; what is on screen stays.</source>
      <translation>这个模型所在的程序已结束；屏幕上的内容会保留。</translation>
    </message>
    <message>
      <source>The training of {preset} was paused at step {step}. It is kept.</source>
      <translation>{preset} 的训练已在第 {step} 步暂停，进度已保留。</translation>
    </message>
    <message>
      <source>It is being started again; your model and place will come back, and the weights of step {step}.</source>
      <translation>正在重新启动；模型和位置会恢复，权重回到第 {step} 步。</translation>
    </message>
    <message>
      <source>It is being started again; your model, weights and place will come back.</source>
      <translation>正在重新启动；模型、权重和位置都会恢复。</translation>
    </message>
    <message>
      <source>Choose one of the cards.</source>
      <translation>请选择一张卡片。</translation>
    </message>
    <message>
      <source>The engine stopped (code {code}): {last_words}</source>
      <translation>引擎已停止（代码 {code}）：{last_words}</translation>
    </message>
    <message>
      <source>The engine stopped (code {code}).</source>
      <translation>引擎已停止（代码 {code}）。</translation>
    </message>
    <message>
      <source>Press Restart to start it again; nothing on screen is lost.</source>
      <translation>按“重新启动”即可；屏幕上的内容没有丢失。</translation>
    </message>
    <message>
      <source>The weights of {path} are in the model.</source>
      <translation>{path} 的权重已装入模型。</translation>
    </message>
    <message>
      <source>The name of {path} is not valid UTF-8.</source>
      <translation>{path} 的名称不是有效的 UTF-8。</translation>
    </message>
    <message>
      <source>The program whose model this is runs code that cannot be interrupted.</source>
      <translation>这个模型所在的程序正在运行无法中断的代码。</translation>
    </message>
    <message>
      <source>Wait for it, or end the program.</source>
      <translation>请等待，或结束该程序。</translation>
    </message>
    <message>
      <source>This window belongs to a program that shows one of its models in it.</source>
      <translation>这个窗口属于一个程序，用来显示该程序的模型。</translation>
    </message>
    <message>
      <source>Start Layerscope by itself to open others.</source>
      <translation>要打开其他模型，请单独启动 Layerscope。</translation>
    </message>
    <message>
      <source>{path} holds weights, but no model is open to put them into.</source>
      <translation>{path} 里是权重，但没有打开的模型可以装入。</translation>
    </message>
    <message>
      <source>Open the model first, then the file again.</source>
      <translation>请先打开模型，再打开这个文件。</translation>
    </message>
    <message>
      <source>This model came without data and a plan, so it cannot be saved as a preset.</source>
      <translation>这个模型没有附带数据和训练计划，因此不能存为预设。</translation>
    </message>
    <message>
      <source>Its changes can be saved as a file, and its weights as another.</source>
      <translation>它的改动可以存为一个文件，权重可以存为另一个文件。</translation>
    </message>
    <message>
      <source>The weights are saved in {path}.</source>
      <translation>权重已保存到 {path}。</translation>
    </message>
    <message>
      <source>The preset is saved in {path}. Open that folder to come back to it.</source>
      <translation>预设已保存到 {path}。打开该文件夹即可回到这里。</translation>
    </message>
    <message>
      <source>The value is saved in {path}.</source>
      <translation>这个值已存入 {path}。</translation>
    </message>
    <message>
      <source>The numbers of this slice are saved in {path}.</source>
      <translation>这个切片的数值已存入 {path}。</translation>
    </message>
    <message>
      <source>The forward pass stopped in {op} at {source}: {text}</source>
      <translation>前向传播在 {op} 处停止（{source}）：{text}</translation>
    </message>
    <message>
      <source>The forward pass stopped in {op} ({place}), given {shapes}, at {source}: {text}</source>
      <translation>前向传播在 {op}（{place}）处停止，输入形状为 {shapes}（{source}）：{text}</translation>
    </message>
    <message>
      <source>What ran before it is here to look at. Change the input or the model.</source>
      <translation>此前已运行的部分可以查看。请修改输入或模型。</translation>
    </message>
    <message>
      <source>The shapes at the left are a guess: type those that the model takes.</source>
      <translation>左侧的形状是猜测的：请填入模型接受的形状。</translation>
    </message>
    <message>
      <source>A reset throws away {steps} steps of training. Reset once more to do it; {keys} saves the weights first.</source>
      <translation>重置会丢弃 {steps} 步训练。再重置一次即执行；按 {keys} 可先保存权重。</translation>
    </message>
    <message>
      <source>Training begins with fresh weights. Ctrl+R brings back those of the preset.</source>
      <translation>训练从全新的权重开始。按 Ctrl+R 可恢复预设自带的权重。</translation>
    </message>
    <message>
      <source>There is no bookmark {number}; {keys} sets it.</source>
      <translation>没有书签 {number}；按 {keys} 设置。</translation>
    </message>
    <message>
      <source>Bookmark {number} is on {event}, which did not run in this pass.</source>
      <translation>书签 {number} 所在的 {event} 在这次前向传播中没有运行。</translation>
    </message>
    <message>
      <source>Mark where paths begin first: {keys}.</source>
      <translation>请先标记路径的起点：{keys}。</translation>
    </message>
    <message>
      <source>This model does not write: it does not give, for every token that it reads, a number for each token of a vocabulary.</source>
      <translation>此模型不能生成文本：它并不为读取的每个词元给出词表中每个词元的数值。</translation>
    </message>
    <message>
      <source>This pass stopped before its end, so it predicts no token.</source>
      <translation>这次前向中途停止，因此不预测词元。</translation>
    </message>
    <message>
      <source>The text is over: {token} was drawn. Generate goes on after it all the same.</source>
      <translation>文本已结束：抽到了 {token}。仍可用“生成”继续。</translation>
    </message>
  </context>
</TS>
