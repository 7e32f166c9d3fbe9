#include "unidg/weights/scope.h"

#include "unidg/core/error.h"
#include "unidg/core/names.h"

namespace unidg::weights {

Scope::Scope(std::shared_ptr<const Source> source, DtypePolicy policy)
    : source_(std::move(source)), policy_(policy), used_(std::make_shared<std::set<std::string>>()) {}

Scope Scope::operator[](const std::string& name) const {
  Scope child = *this;
  child.prefix_ += name + '.';
  return child;
}

Tensor Scope::take(const std::string& name, torch::IntArrayRef shape) const {
  const auto key = prefix_ + name;
  Tensor stored;
  if (source_->invents()) {
    stored = source_->make(key, shape);
  } else {
    if (!source_->contains(key)) {
      const auto near = closest(key, source_->names());
      throw FormatError(source_->describe(), ": no tensor '", key, "'",
                        near.empty() ? text(" (the file holds ", source_->names().size(), " others)")
                                     : text(" (closest: '", near, "')"),
                        ". `unidg inspect` lists what the file holds; is it the right checkpoint?");
    }
    if (torch::IntArrayRef(source_->shape(key)) != shape)
      throw FormatError(source_->describe(), ": '", key, "' is ", torch::IntArrayRef(source_->shape(key)),
                        " but the config asks for ", shape,
                        ". Pass the config.json saved beside these weights.");
    stored = source_->load(key);
  }
  used_->insert(key);  // so that leftovers can be reported
  return stored.is_floating_point() ? stored.to(policy_.device, policy_.weights) : stored.to(policy_.device);
}

Tensor Scope::take_optional(const std::string& name, torch::IntArrayRef shape) const {
  return contains(name) ? take(name, shape) : Tensor();
}

bool Scope::contains(const std::string& name) const { return source_->contains(prefix_ + name); }

std::vector<std::string> Scope::unused() const {
  std::vector<std::string> left;
  for (const auto& name : source_->names())
    if (!used_->contains(name)) left.push_back(name);
  return left;
}

void Scope::require_all_used(const std::function<bool(const std::string&)>& allowed) const {
  std::string list;
  std::size_t count = 0;
  for (const auto& name : unused()) {
    if (allowed && allowed(name)) continue;
    if (++count <= 8) list += (list.empty() ? "'" : ", '") + name + "'";
  }
  if (count > 0)
    throw FormatError(source_->describe(), ": ", count, count == 1 ? " tensor" : " tensors",
                      " would be ignored: ", list, count > 8 ? ", ..." : "",
                      ". Another model or version was saved here; `unidg inspect` says which.");
}

}  // namespace unidg::weights
